package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// runtimeService answers what kubelets ask to keep pods; the rest (exec, attach, stats, events, metrics) is not implemented,
// which every kubelet takes, except the parts of stats that it polls.
type runtimeService struct {
	runtime.UnimplementedRuntimeServiceServer
	records *records
}

func missing(what, id string) error {
	return status.Errorf(codes.NotFound, "no %s with id %s", what, id)
}

func (s *runtimeService) Version(context.Context, *runtime.VersionRequest) (*runtime.VersionResponse, error) {
	return &runtime.VersionResponse{Version: "0.1.0", RuntimeName: "containerd", RuntimeVersion: "1.7.27", RuntimeApiVersion: "v1"}, nil
}

func (s *runtimeService) Status(context.Context, *runtime.StatusRequest) (*runtime.StatusResponse, error) {
	return &runtime.StatusResponse{Status: &runtime.RuntimeStatus{Conditions: []*runtime.RuntimeCondition{
		{Type: runtime.RuntimeReady, Status: true}, {Type: runtime.NetworkReady, Status: true},
	}}}, nil
}

func (s *runtimeService) RuntimeConfig(context.Context, *runtime.RuntimeConfigRequest) (*runtime.RuntimeConfigResponse, error) {
	linux := &runtime.LinuxRuntimeConfiguration{CgroupDriver: runtime.CgroupDriver_CGROUPFS}
	return &runtime.RuntimeConfigResponse{Linux: linux}, nil
}

func (s *runtimeService) UpdateRuntimeConfig(context.Context, *runtime.UpdateRuntimeConfigRequest) (*runtime.UpdateRuntimeConfigResponse, error) {
	return &runtime.UpdateRuntimeConfigResponse{}, nil
}

func (s *runtimeService) RunPodSandbox(_ context.Context, asked *runtime.RunPodSandboxRequest) (*runtime.RunPodSandboxResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	config := proto.Clone(asked.Config).(*runtime.PodSandboxConfig)
	options := config.GetLinux().GetSecurityContext().GetNamespaceOptions()
	if options == nil {
		options = &runtime.NamespaceOption{}
	}
	network := &runtime.PodSandboxNetworkStatus{}
	if options.Network != runtime.NamespaceMode_NODE {
		s.records.addresses++
		network.Ip = fmt.Sprintf("10.244.%d.%d", s.records.addresses/250, s.records.addresses%250+2)
	}
	made := &sandbox{&runtime.PodSandboxStatus{
		Id: newID(), Metadata: config.Metadata, State: runtime.PodSandboxState_SANDBOX_READY, CreatedAt: time.Now().UnixNano(), Network: network,
		Linux:  &runtime.LinuxPodSandboxStatus{Namespaces: &runtime.Namespace{Options: options}},
		Labels: config.Labels, Annotations: config.Annotations, RuntimeHandler: asked.RuntimeHandler,
	}}
	s.records.sandboxes[made.Id] = made
	s.records.sandboxEvent("run-sandbox", made)
	return &runtime.RunPodSandboxResponse{PodSandboxId: made.Id}, nil
}

func (s *runtimeService) StopPodSandbox(_ context.Context, asked *runtime.StopPodSandboxRequest) (*runtime.StopPodSandboxResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	found, known := s.records.sandboxes[asked.PodSandboxId]
	if known && found.State == runtime.PodSandboxState_SANDBOX_READY {
		s.records.stop(found)
	}
	return &runtime.StopPodSandboxResponse{}, nil
}

func (r *records) stop(s *sandbox) {
	for _, c := range r.containers {
		if c.sandbox == s.Id && c.State == runtime.ContainerState_CONTAINER_RUNNING {
			r.containerEvent("stop", c, nil)
			r.end(c, 137)
		}
	}
	s.State = runtime.PodSandboxState_SANDBOX_NOTREADY
	s.Network = &runtime.PodSandboxNetworkStatus{}
	r.sandboxEvent("stop-sandbox", s)
}

func (s *runtimeService) RemovePodSandbox(_ context.Context, asked *runtime.RemovePodSandboxRequest) (*runtime.RemovePodSandboxResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	if found, known := s.records.sandboxes[asked.PodSandboxId]; known {
		for id, c := range s.records.containers {
			if c.sandbox == found.Id {
				delete(s.records.containers, id)
			}
		}
		delete(s.records.sandboxes, found.Id)
		s.records.sandboxEvent("remove-sandbox", found)
	}
	return &runtime.RemovePodSandboxResponse{}, nil
}

func (s *runtimeService) PodSandboxStatus(_ context.Context, asked *runtime.PodSandboxStatusRequest) (*runtime.PodSandboxStatusResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	found, known := s.records.sandboxes[asked.PodSandboxId]
	if !known {
		return nil, missing("sandbox", asked.PodSandboxId)
	}
	return &runtime.PodSandboxStatusResponse{Status: proto.Clone(found.PodSandboxStatus).(*runtime.PodSandboxStatus)}, nil
}

func (s *runtimeService) ListPodSandbox(_ context.Context, asked *runtime.ListPodSandboxRequest) (*runtime.ListPodSandboxResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	filter := asked.GetFilter()
	return s.records.listSandboxes(func(one *runtime.PodSandbox) bool {
		return oneOf(filter.GetId(), one.Id) && labelled(filter.GetLabelSelector(), one.Labels) &&
			(filter.GetState() == nil || filter.State.State == one.State)
	}), nil
}

func (s *runtimeService) CreateContainer(_ context.Context, asked *runtime.CreateContainerRequest) (*runtime.CreateContainerResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	if _, known := s.records.sandboxes[asked.PodSandboxId]; !known {
		return nil, missing("sandbox", asked.PodSandboxId)
	}
	config := proto.Clone(asked.Config).(*runtime.ContainerConfig)
	made := &container{sandbox: asked.PodSandboxId, ends: endsWith(config.Command), ContainerStatus: &runtime.ContainerStatus{
		Id: newID(), Metadata: config.Metadata, State: runtime.ContainerState_CONTAINER_CREATED, CreatedAt: time.Now().UnixNano(), Image: config.Image,
		ImageRef: config.Image.GetImage(), ImageId: config.Image.GetImage(), Labels: config.Labels, Annotations: config.Annotations, Mounts: config.Mounts,
		LogPath:   filepath.Join(asked.SandboxConfig.GetLogDirectory(), config.LogPath),
		Resources: &runtime.ContainerResources{Linux: config.GetLinux().GetResources()},
	}}
	s.records.containers[made.Id] = made
	s.records.containerEvent("create", made, nil)
	return &runtime.CreateContainerResponse{ContainerId: made.Id}, nil
}

func (s *runtimeService) StartContainer(_ context.Context, asked *runtime.StartContainerRequest) (*runtime.StartContainerResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	found, known := s.records.containers[asked.ContainerId]
	if !known {
		return nil, missing("container", asked.ContainerId)
	}
	found.State, found.StartedAt = runtime.ContainerState_CONTAINER_RUNNING, time.Now().UnixNano()
	s.records.containerEvent("start", found, nil)
	s.records.endSoon(found)
	return &runtime.StartContainerResponse{}, nil
}

func (s *runtimeService) StopContainer(_ context.Context, asked *runtime.StopContainerRequest) (*runtime.StopContainerResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	if found, known := s.records.containers[asked.ContainerId]; known {
		s.records.containerEvent("stop", found, nil)
		s.records.end(found, 137)
	}
	return &runtime.StopContainerResponse{}, nil
}

func (s *runtimeService) RemoveContainer(_ context.Context, asked *runtime.RemoveContainerRequest) (*runtime.RemoveContainerResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	if found, known := s.records.containers[asked.ContainerId]; known {
		delete(s.records.containers, found.Id)
		s.records.containerEvent("remove", found, nil)
	}
	return &runtime.RemoveContainerResponse{}, nil
}

func (s *runtimeService) ListContainers(_ context.Context, asked *runtime.ListContainersRequest) (*runtime.ListContainersResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	filter := asked.GetFilter()
	return s.records.listContainers(func(one *runtime.Container) bool {
		return oneOf(filter.GetId(), one.Id) && oneOf(filter.GetPodSandboxId(), one.PodSandboxId) &&
			labelled(filter.GetLabelSelector(), one.Labels) && (filter.GetState() == nil || filter.State.State == one.State)
	}), nil
}

func (s *runtimeService) ContainerStatus(_ context.Context, asked *runtime.ContainerStatusRequest) (*runtime.ContainerStatusResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	found, known := s.records.containers[asked.ContainerId]
	if !known {
		return nil, missing("container", asked.ContainerId)
	}
	return &runtime.ContainerStatusResponse{Status: proto.Clone(found.ContainerStatus).(*runtime.ContainerStatus)}, nil
}

func (s *runtimeService) UpdateContainerResources(
	_ context.Context, asked *runtime.UpdateContainerResourcesRequest,
) (*runtime.UpdateContainerResourcesResponse, error) {
	s.records.Lock()
	defer s.records.Unlock()
	found, known := s.records.containers[asked.ContainerId]
	if !known {
		return nil, missing("container", asked.ContainerId)
	}
	found.Resources = &runtime.ContainerResources{Linux: proto.Clone(asked.Linux).(*runtime.LinuxContainerResources)}
	s.records.containerEvent("update", found, nil)
	return &runtime.UpdateContainerResourcesResponse{}, nil
}

func (s *runtimeService) UpdatePodSandboxResources(
	context.Context, *runtime.UpdatePodSandboxResourcesRequest,
) (*runtime.UpdatePodSandboxResourcesResponse, error) {
	return &runtime.UpdatePodSandboxResourcesResponse{}, nil
}

func (s *runtimeService) ReopenContainerLog(context.Context, *runtime.ReopenContainerLogRequest) (*runtime.ReopenContainerLogResponse, error) {
	return &runtime.ReopenContainerLogResponse{}, nil
}

func (s *runtimeService) ExecSync(context.Context, *runtime.ExecSyncRequest) (*runtime.ExecSyncResponse, error) {
	return &runtime.ExecSyncResponse{}, nil
}

func (s *runtimeService) ListContainerStats(context.Context, *runtime.ListContainerStatsRequest) (*runtime.ListContainerStatsResponse, error) {
	return &runtime.ListContainerStatsResponse{}, nil
}

func (s *runtimeService) ListPodSandboxStats(context.Context, *runtime.ListPodSandboxStatsRequest) (*runtime.ListPodSandboxStatsResponse, error) {
	return &runtime.ListPodSandboxStatsResponse{}, nil
}

func oneOf(wanted, id string) bool { return wanted == "" || wanted == id }

func labelled(wanted, labels map[string]string) bool {
	for key, value := range wanted {
		if labels[key] != value {
			return false
		}
	}
	return true
}

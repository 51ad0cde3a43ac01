package main

import (
	"context"
	"time"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// imageService has every image, and calls it by the name it is asked for. The user is 1000, so runAsNonRoot is content.
type imageService struct {
	runtime.UnimplementedImageServiceServer
	mountpoint string
}

func (s *imageService) ListImages(context.Context, *runtime.ListImagesRequest) (*runtime.ListImagesResponse, error) {
	return &runtime.ListImagesResponse{}, nil
}

func (s *imageService) ImageStatus(_ context.Context, asked *runtime.ImageStatusRequest) (*runtime.ImageStatusResponse, error) {
	name := asked.GetImage().GetImage()
	return &runtime.ImageStatusResponse{Image: &runtime.Image{
		Id: name, RepoTags: []string{name}, Size: 1, Uid: &runtime.Int64Value{Value: 1000}, Spec: &runtime.ImageSpec{Image: name},
	}}, nil
}

func (s *imageService) PullImage(_ context.Context, asked *runtime.PullImageRequest) (*runtime.PullImageResponse, error) {
	return &runtime.PullImageResponse{ImageRef: asked.GetImage().GetImage()}, nil
}

func (s *imageService) RemoveImage(context.Context, *runtime.RemoveImageRequest) (*runtime.RemoveImageResponse, error) {
	return &runtime.RemoveImageResponse{}, nil
}

func (s *imageService) ImageFsInfo(context.Context, *runtime.ImageFsInfoRequest) (*runtime.ImageFsInfoResponse, error) {
	used := []*runtime.FilesystemUsage{{
		Timestamp: time.Now().UnixNano(), FsId: &runtime.FilesystemIdentifier{Mountpoint: s.mountpoint},
		UsedBytes: &runtime.UInt64Value{Value: 1}, InodesUsed: &runtime.UInt64Value{Value: 1},
	}}
	return &runtime.ImageFsInfoResponse{ImageFilesystems: used, ContainerFilesystems: used}, nil
}

module render

go 1.22

require helm.sh/helm/v3 v3.16.4

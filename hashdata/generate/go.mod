module upgradecheck/hashdata/generate

go 1.24

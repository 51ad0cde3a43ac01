module upgradecheck.example/lab/sleeper

go 1.20

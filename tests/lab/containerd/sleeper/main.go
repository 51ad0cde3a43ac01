// Sleeper is all that the lab's image holds: pause container and workload alike.
//
// Without arguments it sleeps until it is told to end; `sleeper ok` ends at once, as probes and init containers do. Other arguments are
// passed over, so that containers can differ in them.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "ok" {
		return
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	<-told
}

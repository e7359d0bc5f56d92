// Command pending-sweep is the Lambda function that carries on what was stored and then left lying.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.PendingSweep) }

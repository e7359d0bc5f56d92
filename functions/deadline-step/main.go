// Command deadline-step is the Lambda function that does what is due for a deal.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.DeadlineStep) }

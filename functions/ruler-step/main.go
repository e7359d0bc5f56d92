// Command ruler-step is the Lambda function that decides a step of a case's reminder ruler.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.RulerStep) }

// Command ruler-start is the Lambda function that starts a case's reminder ruler.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.RulerStart) }

// Command portal-serve is the Lambda function that shows creditors and the API document.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.PortalServe) }

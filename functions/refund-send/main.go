// Command refund-send is the Lambda function that hands refund orders over to their provider.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.RefundSend) }

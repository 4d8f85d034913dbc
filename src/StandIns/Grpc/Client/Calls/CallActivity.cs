using System.Diagnostics;
using System.Globalization;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>
/// The span of a client's call, where anyone listens; names are those that the official client gives.
/// </summary>
internal static class CallActivity
{
    private static readonly ActivitySource Source = new("Grpc.Net.Client");

    public static Activity? Start(IMethod method)
    {
        var activity = Source.StartActivity("Grpc.Net.Client.GrpcOut", ActivityKind.Client);
        activity?.SetTag("grpc.method", method.FullName);
        return activity;
    }

    public static void Stop(Activity activity, Status status)
    {
        activity.SetTag("grpc.status_code", ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture));
        activity.Stop();
    }
}

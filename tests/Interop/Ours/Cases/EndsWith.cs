using Grpc.Core;

namespace Dendrite.Interop.Ours.Cases;

internal static class EndsWith
{
    /// <summary>Awaits a call that must end with this code; returns the whole status.</summary>
    public static async Task<Status> StatusAsync(StatusCode expected, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal((expected, error.Status.Detail), (error.StatusCode, error.Status.Detail));
        return error.Status;
    }
}

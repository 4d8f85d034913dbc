using Dendrite.Cli.Hosting;
using Grpc.Core;

namespace Dendrite.Cli.Connection;

/// <summary>Stands where the scheduler's address is not known: every call says so, and what to do about it.</summary>
internal sealed class NoScheduler : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    ) => throw Missing();

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    ) => throw Missing();

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    ) => throw Missing();

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options
    ) => throw Missing();

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options
    ) => throw Missing();

    private static CliException Missing() =>
        new(
            ExitCode.Unavailable,
            "NO_CONNECTION",
            "The connection does not say where the scheduler is. Start the platform again with ./run, or set "
                + "DENDRITE_SCHEDULER_URL."
        );
}

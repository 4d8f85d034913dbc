using Dendrite.Interop.Testing;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.Interop.Ours;

/// <summary>A channel of our side to a server of the test service, and what the cases need to call it.</summary>
internal sealed class ClientOnOurSide : IDisposable
{
    /// <summary>No call of any case needs longer; one that hangs ends as DEADLINE_EXCEEDED.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly FrameTapHandler tap = new();
    private readonly GrpcChannel channel;

    public ClientOnOurSide(int port)
    {
        channel = GrpcChannel.ForAddress(
            $"http://127.0.0.1:{port}",
            new GrpcChannelOptions { HttpHandler = tap, DisposeHttpClient = true }
        );
        Test = new TestService.TestServiceClient(channel);
        Unimplemented = new UnimplementedService.UnimplementedServiceClient(channel);
    }

    public TestService.TestServiceClient Test { get; }

    public UnimplementedService.UnimplementedServiceClient Unimplemented { get; }

    /// <summary>The compressed-flags of the latest call's responses.</summary>
    public FrameFlags ResponseFlags => tap.Flags;

    /// <summary>Options of a call that ends by itself.</summary>
    public static CallOptions Options(Metadata? headers = null, CancellationToken cancellationToken = default) =>
        Within(Patience, headers, cancellationToken);

    /// <summary>Options of a call that has to end within this time.</summary>
    public static CallOptions Within(
        TimeSpan time,
        Metadata? headers = null,
        CancellationToken cancellationToken = default
    ) => new(headers, TimeProvider.System.GetUtcNow().UtcDateTime + time, cancellationToken);

    public void Dispose() => channel.Dispose();
}

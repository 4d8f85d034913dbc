namespace Grpc.AspNetCore.Server;

/// <summary>
/// A stream is used after its client has left. To handlers it is the InvalidOperationException of any stream that is
/// over; but where nothing catches it, it is no error of the handler.
/// </summary>
internal sealed class CallAbandonedException(string message) : InvalidOperationException(message);

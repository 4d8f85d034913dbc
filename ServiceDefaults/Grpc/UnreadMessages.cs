using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Dendrite.ServiceDefaults.Grpc;

/// <summary>
/// A message that cannot be unpacked, is no protobuf, or nests deeper than one is read, is its sender's mistake:
/// INVALID_ARGUMENT. Of a stream it is found out within the call, where an interceptor sees it; a single message is
/// read before any interceptor is asked, so that its status is mended behind the server.
/// </summary>
internal static class UnreadMessages
{
    /// <summary>What the server says of whatever came to pass outside of the interceptors.</summary>
    private const string OutsideOfInterceptors = "Exception was thrown by handler.";

    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";

    private static DendriteException Refusal(Exception? cause = null) =>
        new(
            ErrorReason.InvalidArgument,
            "The message cannot be read: it is no protobuf of this method's request, is damaged, or nests messages "
                + "more than 100 deep. Send it as the contract has it.",
            cause
        );

    /// <summary>Of streams; inside of what reports errors.</summary>
    internal sealed class Interceptor : global::Grpc.Core.Interceptors.Interceptor
    {
        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            ServerCallContext context,
            ClientStreamingServerMethod<TRequest, TResponse> continuation
        ) => continuation(new Reader<TRequest>(requestStream), context);

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation
        ) => continuation(new Reader<TRequest>(requestStream), responseStream, context);
    }

    /// <summary>Of single messages; puts itself before whatever else the application consists of.</summary>
    internal sealed class Startup : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(
                    static async (context, rest) =>
                    {
                        await rest(context);
                        Mend(context.Response);
                    }
                );
                next(app);
            };

        /// <summary>A call that fails before its first message of an answer has its status in the headers.</summary>
        private static void Mend(HttpResponse response)
        {
            var headers = response.Headers;
            if (response.HasStarted || headers[StatusHeader] != "2" || headers[MessageHeader] != OutsideOfInterceptors)
            {
                return;
            }

            var status = ErrorStatus.ToStatus(Refusal());
            headers[StatusHeader] = status.Code.ToString();
            headers[MessageHeader] = status.Message;
            headers[StatusDetails.TrailerName] = Convert.ToBase64String(status.ToByteArray());
        }
    }

    private sealed class Reader<T>(IAsyncStreamReader<T> inner) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            try
            {
                return await inner.MoveNext(cancellationToken);
            }
            catch (Exception unread) when (unread is InvalidProtocolBufferException or InvalidDataException)
            {
                throw Refusal(unread);
            }
        }
    }
}

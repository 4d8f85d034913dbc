using System.IO.Compression;
using Grpc.Net.Compression;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// The options in force for one service: its own where set, those of all services elsewhere. Immutable.
/// </summary>
internal sealed record ServiceSettings(
    int? MaxSendMessageSize,
    int? MaxReceiveMessageSize,
    bool EnableDetailedErrors,
    string? ResponseEncoding,
    CompressionLevel? ResponseCompressionLevel
)
{
    public required MessageCompression Compression { get; init; }

    public required bool AnswersUnknown { get; init; }

    public required IReadOnlyList<InterceptorRegistration> Interceptors { get; init; }

    /// <exception cref="InvalidOperationException">The response encoding is no known compression.</exception>
    public static ServiceSettings Combine(GrpcServiceOptions all, GrpcServiceOptions own)
    {
        var compression = new MessageCompression(
            NonEmpty(own.ConfiguredCompressionProviders)
                ?? NonEmpty(all.ConfiguredCompressionProviders)
                ?? MessageCompression.DefaultProviders
        );
        var encoding = own.ResponseCompressionAlgorithm ?? all.ResponseCompressionAlgorithm;
        if (encoding is not null && !compression.Names.Contains(encoding, StringComparer.Ordinal))
        {
            throw new InvalidOperationException(
                $"The response compression '{encoding}' has no provider; known: {string.Join(", ", compression.Names)}."
            );
        }

        return new ServiceSettings(
            own.MaxSendMessageSizeSpecified ? own.MaxSendMessageSize : all.MaxSendMessageSize,
            own.MaxReceiveMessageSizeSpecified ? own.MaxReceiveMessageSize : all.MaxReceiveMessageSize,
            own.EnableDetailedErrors ?? all.EnableDetailedErrors ?? false,
            encoding,
            own.ResponseCompressionLevel ?? all.ResponseCompressionLevel
        )
        {
            Compression = compression,
            AnswersUnknown = !(own.IgnoreUnknownServices ?? all.IgnoreUnknownServices ?? false),
            Interceptors = [.. all.Interceptors, .. own.Interceptors],
        };
    }

    private static IEnumerable<ICompressionProvider>? NonEmpty(IList<ICompressionProvider>? providers) =>
        providers is { Count: > 0 } ? providers : null;
}

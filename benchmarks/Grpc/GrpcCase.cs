namespace Dendrite.Benchmarks.Grpc;

/// <summary>One kind of call, by gRPC and by plain HTTP/2.</summary>
internal sealed record GrpcCase(string Name)
{
    private const int SmallMessage = 16;
    private const int Block = 64 * 1024;
    private const int LargeBlock = 1024 * 1024;

    /// <summary>Does so many calls, or messages of a stream.</summary>
    public required Func<GrpcEcho, int, Task> ByGrpc { get; init; }

    public required Func<RawEcho, int, Task> ByHttp { get; init; }

    /// <summary>
    /// Turns messages a second into megabytes; null where calls are counted. Exchanged bytes count once.
    /// </summary>
    public int? MessageSizeBytes { get; init; }

    /// <summary>
    /// What the official gRPC for .NET does on two cores, in the case's unit; null where it was not measured.
    /// </summary>
    public double? OfficialRate { get; init; }

    /// <summary>
    /// Bytes that the official one allocates for a call or message, both sides (a message read counts itself once for
    /// each side that reads it); null where it was not measured.
    /// </summary>
    public double? OfficialAllocation { get; init; }

    public bool OnlyInFull { get; init; }

    public static IReadOnlyList<GrpcCase> All { get; } =
    [
        Unary("unary, 1 at a time", 1) with
        {
            OfficialRate = 12_600,
            OfficialAllocation = 7_490,
        },
        Unary("unary, 50 at a time", 50) with
        {
            OfficialRate = 73_800,
            OfficialAllocation = 7_400,
        },
        Upload("client stream of 64 KiB messages", Block) with
        {
            OfficialRate = 790,
            OfficialAllocation = 67_600,
        },
        Download("server stream of 64 KiB messages", Block) with
        {
            OfficialRate = 1_300,
            OfficialAllocation = 68_000,
        },
        Exchange("64 KiB messages there and back, 1 stream", 1, Block) with
        {
            OfficialRate = 450,
            OfficialAllocation = 135_700,
        },
        Exchange("64 KiB messages there and back, 4 streams", 4, Block) with
        {
            OfficialRate = 550,
            OfficialAllocation = 136_100,
        },
        Unary("unary, 500 at a time", 500) with
        {
            OnlyInFull = true,
        },
        Upload("client stream of 1 MiB messages", LargeBlock) with
        {
            OnlyInFull = true,
        },
        Download("server stream of 1 MiB messages", LargeBlock) with
        {
            OnlyInFull = true,
        },
        Exchange("1 MiB messages there and back, 4 streams", 4, LargeBlock) with
        {
            OnlyInFull = true,
        },
    ];

    private static GrpcCase Unary(string name, int workers) =>
        new(name)
        {
            ByGrpc = (grpc, count) => grpc.CallAsync(count, workers, SmallMessage),
            ByHttp = (raw, count) => raw.CallAsync(count, workers, SmallMessage),
        };

    private static GrpcCase Upload(string name, int size) =>
        new(name)
        {
            ByGrpc = (grpc, count) => grpc.UploadAsync(count, size),
            ByHttp = (raw, count) => raw.UploadAsync(count, size),
            MessageSizeBytes = size,
        };

    private static GrpcCase Download(string name, int size) =>
        new(name)
        {
            ByGrpc = (grpc, count) => grpc.DownloadAsync(count, size),
            ByHttp = (raw, count) => raw.DownloadAsync(count, size),
            MessageSizeBytes = size,
        };

    private static GrpcCase Exchange(string name, int streams, int size) =>
        new(name)
        {
            ByGrpc = (grpc, count) => grpc.ExchangeAsync(count, streams, size),
            ByHttp = (raw, count) => raw.ExchangeAsync(count, streams, size),
            MessageSizeBytes = size,
        };
}

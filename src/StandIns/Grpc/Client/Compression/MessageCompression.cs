using System.Buffers;
using System.Collections.Frozen;
using System.IO.Compression;
using Grpc.Core.Wire;

namespace Grpc.Net.Compression;

/// <summary>The compressions that one side knows, and their use on whole messages. Thread-safe.</summary>
internal sealed class MessageCompression
{
    private readonly FrozenDictionary<string, ICompressionProvider> providers;

    public MessageCompression(IEnumerable<ICompressionProvider> providers)
    {
        var byName = new Dictionary<string, ICompressionProvider>(StringComparer.Ordinal);
        foreach (var provider in providers)
        {
            byName[provider.EncodingName] = provider;
        }

        Names = [WireNames.Identity, .. byName.Keys];
        AcceptEncoding = string.Join(',', Names);
        this.providers = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>gzip and deflate, fast.</summary>
    public static IReadOnlyList<ICompressionProvider> DefaultProviders { get; } =
    [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)];

    /// <summary>The names that may come in <c>grpc-encoding</c>, <c>identity</c> first.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The value of <c>grpc-accept-encoding</c>.</summary>
    public string AcceptEncoding { get; }

    public bool Knows(string encoding) => providers.ContainsKey(encoding);

    /// <summary>Appends <paramref name="message"/>, compressed, to <paramref name="destination"/>.</summary>
    public void Compress(
        string encoding,
        CompressionLevel? level,
        ReadOnlyMemory<byte> message,
        IBufferWriter<byte> destination
    )
    {
        using var sink = new BufferWriterStream(destination);
        using var compressor = providers[encoding].CreateCompressionStream(sink, level);
        compressor.Write(message.Span);
    }

    /// <summary>
    /// Appends the decompressed message to <paramref name="destination"/>, giving up as soon as it exceeds
    /// <paramref name="maxSize"/> bytes: a small bomb must not become a large buffer.
    /// </summary>
    /// <exception cref="Core.RpcException">
    /// RESOURCE_EXHAUSTED: too large. UNIMPLEMENTED: unknown encoding. INTERNAL: no encoding given, or damaged.
    /// </exception>
    public void Decompress(
        string? encoding,
        in ReadOnlySequence<byte> message,
        int? maxSize,
        PooledBufferWriter destination
    )
    {
        if (encoding is null or WireNames.Identity)
        {
            throw WireError.CompressedWithoutEncoding(encoding);
        }

        if (!providers.TryGetValue(encoding, out var provider))
        {
            throw WireError.UnknownEncoding(encoding, Names);
        }

        try
        {
            using var source = new SequenceStream(message);
            using var decompressor = provider.CreateDecompressionStream(source);
            int count;
            while ((count = decompressor.Read(destination.GetSpan(ReadSize))) > 0)
            {
                destination.Advance(count);
                if (destination.Length > maxSize)
                {
                    throw WireError.ReceivedTooLarge();
                }
            }
        }
        catch (InvalidDataException damaged)
        {
            throw WireError.Undecompressable(encoding, damaged);
        }
    }

    private const int ReadSize = 4096;
}

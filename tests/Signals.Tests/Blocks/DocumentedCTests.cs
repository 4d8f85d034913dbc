using System.Buffers;
using System.Diagnostics;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

/// <summary>
/// The C of docs/block-format.md, compiled as it stands there: a gateway's maker can trust what the page says.
/// </summary>
public sealed class DocumentedCTests
{
    private static readonly string[] Compilers = ["/usr/bin/gcc", "/usr/bin/cc", "/usr/bin/clang"];

    // One record a channel: encoding, bytes of a sample, samples, bytes of the payload; then the payload. Answers with
    // the samples. Payloads are copied to memory of their exact size and some zeros, as a reader beyond its end would.
    private const string Main = """
        #include <stdio.h>
        #include <stdlib.h>
        int main(void) {
            uint32_t head[4];
            while (fread(head, 4, 4, stdin) == 4) {
                uint8_t *payload = calloc(1, head[3] + 8), *out = calloc(head[2], head[1]);
                int32_t *numbers = calloc(head[2], 4);
                int16_t *shorts = calloc(head[2] + 3 + 128, 2);
                if (fread(payload, 1, head[3], stdin) != head[3]) return 1;
                if (head[0] == 2) {
                    const uint8_t *p = payload;
                    for (uint32_t i = 0; i < head[2]; i += 128)
                        p += read_frame(p, head[2] - i < 128 ? head[2] - i : 128, shorts + 3 + i);
                    memcpy(out, shorts + 3, head[2] * 2);
                } else {
                    read_channel(head[0], payload, head[1], head[2], numbers, out);
                }
                fwrite(out, head[1], head[2], stdout);
                free(payload); free(out); free(numbers); free(shorts);
            }
            return 0;
        }
        """;

    [Fact]
    public async Task The_documented_C_reads_the_vectors_and_blocks_of_all_kinds_of_signals()
    {
        string? compiler = Compilers.FirstOrDefault(File.Exists);
        Assert.SkipWhen(compiler is null, "There is no C compiler on this machine.");
        var folder = Directory.CreateTempSubdirectory("block-format-");
        try
        {
            string source = Path.Combine(folder.FullName, "reader.c");
            string program = Path.Combine(folder.FullName, "reader");
            await File.WriteAllTextAsync(source, $"#include <stdint.h>\n{DocumentedFormat.C}\n{Main}", Cancellation);
            await RunAsync(compiler!, ["-std=c99", "-O1", "-Wall", "-Werror", source, "-o", program, "-lm"], []);
            var blocks = Blocks().ToList();

            byte[] decoded = await RunAsync(program, [], [.. blocks.SelectMany(block => Record(block.Block))]);

            AssertEqual(blocks, decoded);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Blocks of one channel in frames, with what they hold.</summary>
    private static IEnumerable<(byte[] Planar, byte[] Block)> Blocks()
    {
        var made =
            from type in TypedSignals.Types
            from signal in TypedSignals.Names
            from count in (int[])[5, 128, 300, 2000]
            let planar = TypedSignals.Make(type, signal, count, seed: count)
            select (planar, Encode(type, planar));
        return DocumentedFormat
            .Vectors.Select(vector => (vector.Planar, vector.Block))
            .Concat(made)
            .Where(block => SampleBlock.Open(block.Item2).GetEncoding(0) >= ChannelEncoding.Frames16);
    }

    private static byte[] Encode(SampleType type, byte[] planar)
    {
        var output = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(type, planar, 1, output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Record(byte[] bytes)
    {
        var block = SampleBlock.Open(bytes);
        int[] head =
        [
            (int)block.GetEncoding(0),
            block.Header.SampleType.SizeBytes(),
            block.Header.SampleCount,
            block.Header.PayloadBytes,
        ];
        return [.. head.SelectMany(BitConverter.GetBytes), .. bytes[^block.Header.PayloadBytes..]];
    }

    private static void AssertEqual(List<(byte[] Planar, byte[] Block)> blocks, byte[] decoded)
    {
        int at = 0;
        foreach (var (planar, bytes) in blocks)
        {
            var block = SampleBlock.Open(bytes);
            Assert.True(
                decoded.AsSpan(at, planar.Length).SequenceEqual(planar),
                $"{block.GetEncoding(0)} of {block.Header.SampleCount} {block.Header.SampleType}"
            );
            at += planar.Length;
        }
        Assert.Equal(at, decoded.Length);
        Assert.True(blocks.Count > 100);
    }

    private static async Task<byte[]> RunAsync(string program, string[] arguments, byte[] input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        var output = new MemoryStream();
        var copying = process.StandardOutput.BaseStream.CopyToAsync(output, Cancellation);
        await process.StandardInput.BaseStream.WriteAsync(input, Cancellation);
        process.StandardInput.Close();
        await copying;
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await errors}");
        return output.ToArray();
    }
}

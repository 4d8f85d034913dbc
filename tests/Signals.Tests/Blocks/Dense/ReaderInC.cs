using System.Diagnostics;

namespace Dendrite.Signals.Tests.Blocks.Dense;

/// <summary>
/// The reader in C that docs/dense-encoding.md prints, compiled as it stands there: proof that the page is enough to
/// write one.
/// </summary>
internal sealed class ReaderInC : IDisposable
{
    private const string Before = """
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>

        """;

    // Reads a block from the file named first, writes its samples, planar, to the one named second.
    private const string After = """

        int main(int count, char **names) {
            static uint8_t block[1 << 22];
            FILE *in = fopen(names[count - 2], "rb"), *out = fopen(names[count - 1], "wb");
            if (!in || !out || fread(block, 1, sizeof block, in) < 24) return 1;
            uint32_t channels, n;
            memcpy(&channels, block + 8, 4);
            memcpy(&n, block + 12, 4);
            int type = block[5], size = type == 1 ? 2 : type + 1;
            int16_t *planar = malloc(2 * (size_t)channels * n), *number = malloc(2 * ((size_t)n + 32));
            int32_t *wide = malloc(4 * (size_t)n);
            const uint8_t *payload = block + 24 + 4 * channels;
            for (uint32_t c = 0; c < channels; c++) {
                uint32_t entry;
                int16_t *own = planar + (size_t)c * n;
                memcpy(&entry, block + 24 + 4 * c, 4);
                if ((entry & 255) < 16) return 2;
                if (type == 1) read_dense(payload, (int)n, (int)c, planar, number, own);
                else read_sums(payload, (int)n, (int)c, planar, number, own, wide);
                for (uint32_t t = 0; t < n; t++)
                    if (!fwrite(type == 1 ? (void *)&own[t] : (void *)&wide[t], size, 1, out)) return 3;
                payload += entry >> 8;
            }
            return 0;
        }
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-c-");

    /// <summary>Compiles it; the running test is skipped where there is no compiler.</summary>
    public ReaderInC(string page)
    {
        string text = File.ReadAllText(page);
        int start = text.IndexOf("```c\n", StringComparison.Ordinal) + 5;
        string code = text[start..text.IndexOf("```", start, StringComparison.Ordinal)];
        File.WriteAllText(At("reader.c"), Before + code + After);
        string[] sanitized = ["-std=c99", "-O1", "-Wall", "-Werror", "-fsanitize=undefined", "-fno-sanitize=shift"];
        Run("gcc", [.. sanitized, "-o", At("reader"), At("reader.c")]);
    }

    /// <summary>The samples of a block all of whose channels are dense.</summary>
    public byte[] Read(byte[] block)
    {
        File.WriteAllBytes(At("block"), block);
        Run(At("reader"), [At("block"), At("samples")]);
        return File.ReadAllBytes(At("samples"));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private string At(string name) => Path.Combine(folder.FullName, name);

    private static void Run(string program, string[] arguments)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"There is no {program} on this machine.");
            return;
        }
        using (process)
        {
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0 && errors.Length == 0, $"{program}: {process.ExitCode} {errors}");
        }
    }
}

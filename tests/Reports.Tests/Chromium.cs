using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Dendrite.Reports.Tests;

/// <summary>A headless Chromium where one is installed.</summary>
internal static partial class Chromium
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>The program; null where there is none.</summary>
    public static string? Find() =>
        new[] { "chromium", "chromium-browser", "google-chrome", "chrome" }
            .SelectMany(name => Path().Select(folder => System.IO.Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);

    /// <summary>
    /// Opens a page in a frame of this width and says how wide its content is, whether it fits, and what the console
    /// said.
    /// </summary>
    public static async Task<PageView> OpenAsync(string chromium, string page, int width)
    {
        var probe = page + $".{width}.probe.html";
        await File.WriteAllTextAsync(probe, Probe(System.IO.Path.GetFileName(page), width));
        var profile = Directory.CreateTempSubdirectory("report-chromium-");
        try
        {
            var (output, log) = await RunAsync(chromium, profile.FullName, "--dump-dom", new Uri(probe).AbsoluteUri);
            var found = Widths().Match(output);
            Assert.True(found.Success, $"The page was not measured:\n{output}\n{log}");
            var numbers = found
                .Groups.Values.Skip(1)
                .Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture));
            var console = log.Split('\n').Where(line => line.Contains("CONSOLE", StringComparison.Ordinal)).ToArray();
            return numbers.ToArray() is [var content, var view, var empty]
                ? new(content, view, empty, console)
                : default;
        }
        finally
        {
            profile.Delete(recursive: true);
            File.Delete(probe);
        }
    }

    // The page itself allows no script, so one beside it looks into it; files may, with the switch below.
    private static string Probe(string page, int width) =>
        $$"""
            <!doctype html><meta charset="utf-8">
            <iframe id="f" src="{{page}}" width="{{width}}" height="800" style="border:0"></iframe>
            <pre id="o"></pre>
            <script>
            const f = document.getElementById('f');
            addEventListener('load', () => {
              const d = f.contentDocument;
              const empty = [...d.querySelectorAll('svg')].filter(s => {
                const r = s.getBoundingClientRect();
                return r.width < 100 || r.height < 40 || s.querySelectorAll('path, rect').length < 3;
              }).length;
              document.getElementById('o').textContent =
                `measured ${d.documentElement.scrollWidth} ${d.documentElement.clientWidth} ${empty}`;
            });
            </script>
            """;

    private static async Task<(string Output, string Log)> RunAsync(
        string chromium,
        string profile,
        params string[] args
    )
    {
        var start = new ProcessStartInfo(chromium) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] switches =
        [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            "--v=0",
            $"--user-data-dir={profile}",
            .. args,
        ];
        foreach (var each in switches)
        {
            start.ArgumentList.Add(each);
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var log = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (await output, await log);
    }

    private static string[] Path() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator);

    [GeneratedRegex(@"measured (\d+) (\d+) (\d+)</pre>")]
    private static partial Regex Widths();
}

/// <summary>A page as a browser shows it.</summary>
/// <param name="ContentWidth">How wide it is, in CSS pixels.</param>
/// <param name="ViewWidth">How wide what it is seen in is.</param>
/// <param name="EmptyPlots">Plots that have no size or next to nothing in them.</param>
/// <param name="Console">What the console said.</param>
internal readonly record struct PageView(
    int ContentWidth,
    int ViewWidth,
    int EmptyPlots,
    IReadOnlyList<string> Console
);

using System.Text.RegularExpressions;
using Dendrite.Cli.Tests;
using Dendrite.Signals.Tests;

namespace Dendrite.EndToEnd.Reports;

/// <summary>
/// Real recordings in two branches, and the report of them, by the command line. It stays in <c>artifacts/reports</c>,
/// to be looked at.
/// </summary>
public sealed partial class ReportTests(Platform platform) : IClassFixture<Platform>
{
    /// <summary>Fp1 of two people, and caps of two makers that have C3, C4, Cz and the status in common.</summary>
    private static readonly (string Branch, string Stream, string File)[] Recordings =
    [
        ("day", "frontal", "edf/derived_edfplusD_fractional_onsets.edf"),
        ("day", "cap", "bdf/eeg_3ch_status_500hz.bdf"),
        ("night", "frontal", "edf/eeg_utf8_annotations_inverted_range.edf"),
        ("night", "cap", "bdf/biosemi_73ch_2048hz.bdf"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_report_of_real_recordings_shows_every_plot_and_is_the_same_when_it_is_made_again()
    {
        await platform.CreateBranchAsync("day");
        await platform.CreateBranchAsync("night");
        foreach (var (branch, stream, file) in Recordings)
        {
            await RunAsync("import", SharedData.Require(file), "--branch", branch, "--stream", stream);
        }

        var path = Path.Combine(Folder(), "real.html");
        var said = await RunAsync(
            "report",
            "create",
            "day",
            "night",
            "--title",
            "Day and night",
            "-o",
            path,
            "--force"
        );
        var first = await File.ReadAllBytesAsync(path, Cancellation);
        await RunAsync("report", "delete", Name().Match(said).Groups["id"].Value);
        await RunAsync("report", "create", "day", "night", "--title", "Day and night", "-o", path, "--force");

        Assert.Equal(first, await File.ReadAllBytesAsync(path, Cancellation));
        var page = await File.ReadAllTextAsync(path, Cancellation);
        Assert.Contains("<title>Day and night</title>", page);
        Assert.Contains("frontal: Fp1: spectra", page);
        Assert.Contains("cap: C3: band powers", page);
        Assert.True(Pictures().Count(page) >= 10, "The page has fewer pictures than three channels have.");
    }

    private async Task<string> RunAsync(params string[] arguments) =>
        (await CommandRun.DoAsync(platform.Variables, arguments)).Output;

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is { Name: not "artifacts" })
        {
            folder = folder.Parent;
        }

        return Directory.CreateDirectory(Path.Combine(folder!.FullName, "reports")).FullName;
    }

    [GeneratedRegex("<svg ")]
    private static partial Regex Pictures();

    [GeneratedRegex("reports/(?<id>[0-9a-f-]+)")]
    private static partial Regex Name();
}

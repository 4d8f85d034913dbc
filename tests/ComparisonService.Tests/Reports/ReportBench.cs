using System.Text;
using Dendrite.ComparisonService.Tests.Experiments;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Reports;

/// <summary>Asks for reports as callers do. The names of its branches begin with the test's own word.</summary>
public sealed class ReportBench(ComparisonFixture lab, string word)
{
    public const int Rate = 128;

    private readonly SignalRecorder recorder = new(lab.Database);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public string Branch(string branch) => $"projects/lab/branches/{word}-{branch}";

    /// <summary>
    /// Branches <c>a</c> and <c>b</c> with a recording each; of the second C3 has more of a 10 Hz rhythm.
    /// </summary>
    public async Task RecordBothAsync(int seconds = 20)
    {
        await ForkAsync("a");
        await ForkAsync("b");
        await RecordAsync("a", new("eeg", Rate, ("C3", Wave(1, seconds, 1)), ("C4", Wave(2, seconds, 1))));
        await RecordAsync("b", new("eeg", Rate, ("C3", Wave(3, seconds, 4)), ("C4", Wave(4, seconds, 1))));
    }

    public Task ForkAsync(string branch) => lab.Recorder.ForkAsync($"{word}-{branch}");

    public Task RecordAsync(string branch, RecordedSignals signals) =>
        recorder.RecordAsync($"{word}-{branch}", signals);

    public CreateReportRequest Request(string from = "a", string to = "b") =>
        new()
        {
            Parent = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = Branch(from) },
                To = new() { Branch = Branch(to) },
            },
        };

    public async Task<Operation> AskAsync(CreateReportRequest request) =>
        (await lab.Reports.CreateReportAsync(request, lab.Key, cancellationToken: Token)).Operation;

    /// <summary>Asks and waits for what is made.</summary>
    public async Task<Report> MakeAsync(CreateReportRequest request)
    {
        var operation = await AskAsync(request);
        while (operation.ResultCase == Operation.ResultOneofCase.None)
        {
            var wait = new WaitOperationRequest { Name = operation.Name };
            operation = (await lab.Operations.WaitOperationAsync(wait, lab.Key, cancellationToken: Token)).Operation;
        }

        Assert.True(operation.ResultCase == Operation.ResultOneofCase.Response, $"{operation.Error}");
        return operation.Response.Unpack<Report>();
    }

    public Task<Report> MakeAsync(string from = "a", string to = "b") => MakeAsync(Request(from, to));

    public async Task<byte[]> ReadAsync(Report report, ReportFormat format)
    {
        var request = new ReadReportRequest { Name = report.Name, Format = format };
        using var call = lab.Reports.ReadReport(request, lab.Key, cancellationToken: Token);
        using var bytes = new MemoryStream();
        await foreach (var piece in call.ResponseStream.ReadAllAsync(Token))
        {
            Assert.True(piece.Data.Length > 0);
            piece.Data.WriteTo(bytes);
        }

        return bytes.ToArray();
    }

    public async Task<string> ReadTextAsync(Report report, ReportFormat format = ReportFormat.Markdown) =>
        Encoding.UTF8.GetString(await ReadAsync(report, format));

    /// <summary>Noise of a seed with a rhythm of 10 Hz in it, in phase runs that differ.</summary>
    public static double[] Wave(int seed, int seconds, double rhythm)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, seconds * Rate)
                .Select(i => (rhythm * Math.Sin(2 * Math.PI * 10 * i / Rate)) + (random.NextDouble() * 4) - 2),
        ];
    }
}

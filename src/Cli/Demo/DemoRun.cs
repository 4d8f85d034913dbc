using Dendrite.Cli.Comparing;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Import;
using Dendrite.Cli.Output;
using Dendrite.Signals.Blocks;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Demo;

/// <summary>The steps of a demonstration, each of which is timed, checked and reported.</summary>
internal sealed class DemoRun(Platform platform, TimeProvider time, CliOutput output)
{
    private const string RecordingId = "recording";
    private const string CalibrationId = "calibration";

    private readonly List<DemoCheck> checks = [];
    private long samples;
    private long rawBytes;
    private long storedBytes;
    private TimeSpan writing;
    private TimeSpan reading;

    public async Task<DemoReport> RunAsync(DemoRecordings recordings, CancellationToken cancellationToken)
    {
        string[] branches = await ForkAsync(cancellationToken);
        await StreamAsync(branches[0], RecordingId, recordings.First, cancellationToken);
        await StreamAsync(branches[1], RecordingId, recordings.Second, cancellationToken);
        await StreamAsync(branches[1], CalibrationId, recordings.Calibration, cancellationToken);
        await VerifyAsync(branches[0], RecordingId, recordings.First, cancellationToken);
        await VerifyAsync(branches[1], RecordingId, recordings.Second, cancellationToken);
        await VerifyAsync(branches[1], CalibrationId, recordings.Calibration, cancellationToken);
        await DiffAsync(branches, cancellationToken);
        await DeleteAsync(branches, recordings.First, cancellationToken);
        return new(
            checks.TrueForAll(check => check.Held),
            recordings.IsReal ? recordings.First.Path : "synthetic EEG",
            branches,
            checks,
            samples,
            rawBytes,
            storedBytes,
            writing.TotalSeconds,
            reading.TotalSeconds
        );
    }

    /// <summary>The names are new in each run, so that it can be repeated.</summary>
    private async Task<string[]> ForkAsync(CancellationToken cancellationToken)
    {
        // The last digits of a version 7 UUID are random; the first would be the clock.
        string suffix = Guid.CreateVersion7(time.GetUtcNow()).ToString("N")[^8..];
        string[] branches = [$"demo-{suffix}-a", $"demo-{suffix}-b"];
        long began = time.GetTimestamp();
        foreach (string branch in branches)
        {
            await platform.Branches.CreateBranchAsync(
                new CreateBranchRequest
                {
                    Parent = platform.ProjectName,
                    BranchId = branch,
                    Branch = new Branch { DisplayName = "Demonstration" },
                    RequestId = Guid.CreateVersion7(time.GetUtcNow()).ToString(),
                },
                cancellationToken: cancellationToken
            );
        }
        double milliseconds = time.GetElapsedTime(began).TotalMilliseconds / branches.Length;
        Check("two branches forked from main", true, $"{milliseconds:0.0} ms each");
        return branches;
    }

    private async Task StreamAsync(
        string branch,
        string streamId,
        RecordingSource source,
        CancellationToken cancellationToken
    )
    {
        var import = new RecordingImport(platform, time);
        var report = await ImportProgress.ShowAsync(
            output,
            progress => import.RunAsync(source, new(branch, streamId, Start: null), progress, cancellationToken)
        );
        writing += TimeSpan.FromSeconds(report.Seconds);
        long sent = report.Streams.Sum(stream => stream.SampleCount * stream.ChannelCount);
        samples += sent;
        rawBytes += source.Recording.Streams.Sum(stream =>
            stream.SampleCount * stream.Channels.Sum(channel => SampleTypes.SizeBytes(channel.SampleType))
        );
        Check($"{streamId} streamed into {branch}", true, $"{Figures.Count(sent, "sample")}, {report.Seconds:0.00} s");
    }

    private async Task VerifyAsync(
        string branch,
        string streamId,
        RecordingSource source,
        CancellationToken cancellationToken
    )
    {
        long began = time.GetTimestamp();
        long compared = 0;
        string? difference = null;
        foreach (var plan in ImportPlan.Of(source, streamId, start: null))
        {
            string name = platform.StreamName(branch, plan.StreamId);
            var result = await SampleComparison.CompareAsync(platform, name, source, plan, cancellationToken);
            compared += result.Compared;
            difference ??= result.Difference;
            var stream = await platform.Query.GetStreamAsync(
                new GetStreamRequest { Name = name },
                cancellationToken: cancellationToken
            );
            storedBytes += stream.Stream.StoredBytes;
        }
        reading += time.GetElapsedTime(began);
        Check(
            $"{streamId} of {branch} equals the file",
            difference is null,
            difference ?? $"{Figures.Count(compared, "sample")} compared"
        );
    }

    private async Task DiffAsync(string[] branches, CancellationToken cancellationToken)
    {
        var comparand = new Comparand
        {
            From = new() { Branch = platform.BranchName(branches[0]) },
            To = new() { Branch = platform.BranchName(branches[1]) },
        };
        long began = time.GetTimestamp();
        var diff = await DiffCommand.ReadAsync(platform, comparand, cancellationToken);
        double milliseconds = time.GetElapsedTime(began).TotalMilliseconds;
        bool shows = diff.Streams.Any(stream => stream.StreamId == CalibrationId && stream.Side == DiffSide.OnlyTo);
        string found = string.Join(", ", diff.Streams.Select(stream => $"{stream.StreamId} {InWords(stream.Side)}"));
        Check("the diff shows what only the second branch has", shows, $"{found}; {milliseconds:0.0} ms");
    }

    private static string InWords(DiffSide side) =>
        side switch
        {
            DiffSide.OnlyFrom => "only in the first",
            DiffSide.OnlyTo => "only in the second",
            _ => "differs",
        };

    private async Task DeleteAsync(string[] branches, RecordingSource first, CancellationToken cancellationToken)
    {
        await platform.Branches.DeleteBranchAsync(
            new DeleteBranchRequest
            {
                Name = platform.BranchName(branches[1]),
                RequestId = Guid.CreateVersion7(time.GetUtcNow()).ToString(),
            },
            cancellationToken: cancellationToken
        );
        Check($"{branches[1]} is gone", await IsGoneAsync(branches[1], cancellationToken), "deleted");
        foreach (var plan in ImportPlan.Of(first, RecordingId, start: null))
        {
            string name = platform.StreamName(branches[0], plan.StreamId);
            var result = await SampleComparison.CompareAsync(platform, name, first, plan, cancellationToken);
            Check(
                $"{plan.StreamId} of {branches[0]} is untouched by it",
                result.Difference is null,
                result.Difference ?? $"{Figures.Count(result.Compared, "sample")} compared again"
            );
        }
    }

    private async Task<bool> IsGoneAsync(string branch, CancellationToken cancellationToken)
    {
        try
        {
            // A deleted branch is found until it is purged, so that it can be restored.
            var response = await platform.Branches.GetBranchAsync(
                new GetBranchRequest { Name = platform.BranchName(branch) },
                cancellationToken: cancellationToken
            );
            return response.Branch.State == BranchState.Deleted;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return true;
        }
    }

    private void Check(string name, bool held, string detail)
    {
        checks.Add(new(name, held, detail));
        output.Note($"{(held ? "ok    " : "FAILED")} {name} ({detail})");
    }
}

using System.CommandLine;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Comparing;

/// <summary><c>dendrite diff FROM TO</c>.</summary>
internal sealed class DiffCommand
{
    private const int PageSize = 1000;

    private readonly Argument<string> from = SideArgument("FROM", "The old side");
    private readonly Argument<string> to = SideArgument("TO", "The new side");
    private readonly Option<bool> sinceBase = new("--since-base")
    {
        Description = "Only what TO changed since both parted.",
    };
    private readonly Option<bool> exitCode = new("--exit-code")
    {
        Description = "Return 1 when there is a difference.",
    };
    private readonly Option<bool> stat = new("--stat") { Description = "Only how much differs, not which records." };
    private readonly Option<string[]> datasets = new("--dataset")
    {
        Description = "Only this dataset, and all its records; may be repeated.",
        HelpName = "ID",
    };
    private readonly Option<string?> format = new("--format")
    {
        Description = "Write the records that differ as jsonl, csv, unified or json-patch (RFC 6902).",
        HelpName = "FORMAT",
    };
    private readonly Option<string?> stream = new("--stream")
    {
        Description = "Only this stream: where its samples differ, and by how much.",
        HelpName = "ID",
    };

    public static Command Build(CliApplication application)
    {
        var diff = new DiffCommand();
        var command = new Command("diff", "Say what differs between two branches, tags or versions.")
        {
            diff.from,
            diff.to,
            diff.sinceBase,
            diff.stat,
            diff.datasets,
            diff.format,
            diff.stream,
            diff.exitCode,
        };
        application.Bind(command, diff.RunAsync);
        return command;
    }

    /// <summary>
    /// All pages of a diff in one answer, of what the first one was of, whatever is written meanwhile. One call a page.
    /// </summary>
    public static async Task<DiffBranchesResponse> ReadAsync(
        Platform platform,
        Comparand comparand,
        CancellationToken cancellationToken
    )
    {
        var request = new DiffBranchesRequest
        {
            Project = platform.ProjectName,
            Comparand = comparand,
            PageSize = PageSize,
        };
        DiffBranchesResponse? all = null;
        do
        {
            var page = await platform.Comparison.DiffBranchesAsync(request, cancellationToken: cancellationToken);
            request.PageToken = page.NextPageToken;
            if (all is null)
            {
                all = page;
                request.Comparand = Settle(comparand, page.Comparand);
                continue;
            }
            all.Streams.Add(page.Streams);
            all.Datasets.Add(page.Datasets);
        } while (request.PageToken.Length > 0);
        all.NextPageToken = "";
        return all;
    }

    /// <summary>What was settled once is compared from then on, whatever is written meanwhile.</summary>
    public static Comparand Settle(Comparand asked, ResolvedComparand settled) =>
        new()
        {
            From = Settle(asked.From, settled.From),
            To = Settle(asked.To, settled.To),
            Mode = asked.Mode,
        };

    // A branch without commits has no version to ask for.
    private static SnapshotReference Settle(SnapshotReference asked, SnapshotReference settled) =>
        settled.Point is { PointCase: SnapshotPoint.PointOneofCase.Version, Version: 0 } ? asked : settled;

    private async Task<ExitCode> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var comparand = new Comparand
        {
            From = SnapshotArgument.ReadReference(session.Platform, arguments.GetRequiredValue(from)),
            To = SnapshotArgument.ReadReference(session.Platform, arguments.GetRequiredValue(to)),
            Mode = arguments.GetValue(sinceBase) ? DiffMode.FromMergeBase : DiffMode.TwoPoint,
        };
        var differs = (arguments.GetValue(format), arguments.GetValue(stream)) switch
        {
            ({ } name, null) => await ExportAsync(session, comparand, name, cancellationToken),
            (null, { } id) => await StreamDiff.WriteAsync(session, comparand, id, cancellationToken),
            (null, null) => await ShowAsync(session, comparand, cancellationToken),
            _ => throw new CliException(
                ExitCode.Usage,
                "USAGE",
                "--format writes records and --stream compares samples: give one of them."
            ),
        };
        return differs && arguments.GetValue(exitCode) ? ExitCode.Failure : ExitCode.Success;
    }

    private async Task<bool> ShowAsync(Session session, Comparand comparand, CancellationToken cancellationToken)
    {
        var diff = await ReadAsync(session.Platform, comparand, cancellationToken);
        comparand = Settle(comparand, diff.Comparand);
        var wanted = session.Arguments.GetValue(datasets) ?? [];
        if (wanted.Length > 0)
        {
            diff.Streams.Clear();
            var others = diff.Datasets.Where(dataset => !wanted.Contains(dataset.DatasetId)).ToList();
            others.ForEach(other => diff.Datasets.Remove(other));
            var same = wanted.Except(diff.Datasets.Select(dataset => dataset.DatasetId));
            await RequireAsync(session, comparand, same, cancellationToken);
        }

        var view = new DiffView(session.Output);
        view.Write(diff);
        if (!session.Output.IsJson && !session.Arguments.GetValue(stat))
        {
            foreach (var dataset in diff.Datasets)
            {
                await WriteRecordsAsync(session, comparand, (dataset, view), wanted.Length > 0, cancellationToken);
            }
        }

        return diff.Streams.Count > 0 || diff.Datasets.Count > 0;
    }

    /// <summary>Of a dataset that a diff does not have, whether it is the same on both sides or on neither.</summary>
    /// <exception cref="RpcException">DATASET_NOT_FOUND: neither side has one of them.</exception>
    private static async Task RequireAsync(
        Session session,
        Comparand comparand,
        IEnumerable<string> ids,
        CancellationToken cancellationToken
    )
    {
        var request = new ListRecordDifferencesRequest
        {
            Project = session.Platform.ProjectName,
            Comparand = comparand.Clone(),
            DatasetIds = { ids },
            PageSize = 1,
        };
        // The sides themselves: the merge base may be older than the dataset.
        request.Comparand.Mode = DiffMode.TwoPoint;
        // Without an id it would ask for all datasets.
        if (request.DatasetIds.Count > 0)
        {
            await session.Platform.Comparison.ListRecordDifferencesAsync(request, cancellationToken: cancellationToken);
        }
    }

    private static async Task WriteRecordsAsync(
        Session session,
        Comparand comparand,
        (DatasetDifference Dataset, DiffView View) shown,
        bool isWhole,
        CancellationToken cancellationToken
    )
    {
        var (dataset, view) = shown;
        var request = new ListRecordDifferencesRequest
        {
            Project = session.Platform.ProjectName,
            Comparand = comparand,
            DatasetIds = { dataset.DatasetId },
            PageSize = isWhole ? PageSize : DiffView.RecordsOfDataset,
        };
        do
        {
            var page = await session.Platform.Comparison.ListRecordDifferencesAsync(
                request,
                cancellationToken: cancellationToken
            );
            view.Write(dataset, page.Differences, isWhole);
            request.PageToken = page.NextPageToken;
        } while (isWhole && request.PageToken.Length > 0);
    }

    private async Task<bool> ExportAsync(
        Session session,
        Comparand comparand,
        string name,
        CancellationToken cancellationToken
    )
    {
        var (asked, wanted) = (FormatOf(name), session.Arguments.GetValue(datasets) ?? []);
        var differs = false;
        if (session.Arguments.GetValue(exitCode))
        {
            // First: the document is then of what the exit code is about, whatever is written meanwhile.
            var diff = await ReadAsync(session.Platform, comparand, cancellationToken);
            comparand = Settle(comparand, diff.Comparand);
            differs = diff.Datasets.Any(dataset => wanted.Length == 0 || wanted.Contains(dataset.DatasetId));
        }

        var request = new ExportDiffRequest
        {
            Project = session.Platform.ProjectName,
            Comparand = comparand,
            Format = asked,
            DatasetIds = { wanted },
        };
        await using var output = session.Host.OpenBinaryOutput();
        using var call = session.Platform.Comparison.ExportDiff(request, cancellationToken: cancellationToken);
        await foreach (var piece in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            await output.WriteAsync(piece.Data.Memory, cancellationToken);
        }

        return differs;
    }

    private static DiffFormat FormatOf(string name) =>
        name switch
        {
            "jsonl" => DiffFormat.JsonLines,
            "csv" => DiffFormat.Csv,
            "unified" => DiffFormat.Unified,
            "json-patch" => DiffFormat.JsonPatch,
            _ => throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"'{name}' is no format: give jsonl, csv, unified or json-patch."
            ),
        };

    private static Argument<string> SideArgument(string name, string what) =>
        new(name) { Description = $"{what}: a branch, BRANCH@VERSION, BRANCH@INSTANT or tag:NAME." };
}

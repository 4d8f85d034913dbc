using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;
using Google.Protobuf;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Loading a table of CSV into a dataset over gRPC: parsed, checked, hashed, and one commit at the end.
/// </summary>
internal sealed class LoadCase(BenchmarkPlatform platform, BranchingSize size)
{
    public const string Dataset = "vitals";

    /// <summary>A branch with the dataset, and no record in it.</summary>
    public const string Empty = "vitals-empty";
    private const string Baseline = "COPY of the same bytes into a table with a primary key";
    private const int PieceBytes = 256 << 10;
    private int made;
    private bool hasDataset;

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await EnsureDatasetAsync();
        // The code is compiled on its first ways.
        for (var round = 0; round < size.LongRounds; round++)
        {
            await LoadAsync(await platform.BranchAsync($"warm-{round}", Empty), NextCsv(), cancellationToken);
        }

        var (loaded, copied) = (new List<double>(), new List<double>());
        for (var round = 0; round < size.LongRounds; round++)
        {
            var csv = NextCsv();
            var branch = await platform.BranchAsync($"load-{round}", Empty);
            await platform.ArrangeAsync("CHECKPOINT");
            loaded.Add(await RateAsync(() => LoadAsync(branch, csv, cancellationToken)));
            await platform.ArrangeAsync(
                """
                DROP TABLE IF EXISTS public.loaded;
                CREATE TABLE public.loaded (id bigint PRIMARY KEY, subject text, test text, value numeric, taken date);
                CHECKPOINT
                """
            );
            copied.Add(await RateAsync(() => CopyAsync(csv, cancellationToken)));
        }

        yield return new BenchmarkResult(
            $"load {size.LoadedRecords:#,0} records of CSV",
            "records/s",
            new(loaded),
            Baseline,
            new(copied),
            null
        );
    }

    /// <summary>A branch with the dataset, without records.</summary>
    public async Task EnsureDatasetAsync()
    {
        if (hasDataset)
        {
            return;
        }

        hasDataset = true;
        var parent = await platform.BranchAsync(Empty, "main");
        await platform.Datasets.CreateDatasetAsync(
            new()
            {
                Parent = parent,
                DatasetId = Dataset,
                Dataset = new()
                {
                    KeyColumns = { "id" },
                    Columns =
                    {
                        new V1.Column { Column_ = "id", Type = V1.ColumnType.Integer },
                        new V1.Column
                        {
                            Column_ = "subject",
                            Type = V1.ColumnType.Text,
                            Required = true,
                        },
                        new V1.Column { Column_ = "test", Type = V1.ColumnType.Text },
                        new V1.Column
                        {
                            Column_ = "value",
                            Type = V1.ColumnType.Decimal,
                            Unit = "mm[Hg]",
                        },
                        new V1.Column { Column_ = "taken", Type = V1.ColumnType.Date },
                    },
                },
            },
            platform.Key
        );
    }

    private async Task LoadAsync(string branch, string text, CancellationToken cancellationToken)
    {
        using var call = platform.Records.LoadRecords(platform.Key, cancellationToken: cancellationToken);
        var open = new V1.LoadOpen { Parent = $"{branch}/datasets/{Dataset}", Format = V1.RecordFormat.Csv };
        await call.RequestStream.WriteAsync(new() { Open = open }, cancellationToken);
        var csv = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < csv.Length; at += PieceBytes)
        {
            var piece = UnsafeByteOperations.UnsafeWrap(csv.AsMemory(at, Math.Min(PieceBytes, csv.Length - at)));
            await call.RequestStream.WriteAsync(new() { Data = piece }, cancellationToken);
        }

        await call.RequestStream.CompleteAsync();
        await call.ResponseAsync;
    }

    private async Task CopyAsync(string csv, CancellationToken cancellationToken)
    {
        await using var connection = await platform.Owner.OpenConnectionAsync(cancellationToken);
        await using var copy = await connection.BeginTextImportAsync(
            "COPY public.loaded FROM STDIN (FORMAT csv, HEADER true)",
            cancellationToken
        );
        await copy.WriteAsync(csv.AsMemory(), cancellationToken);
    }

    private async Task<double> RateAsync(Func<Task> run) => size.LoadedRecords / await Latencies.SecondsAsync(run);

    /// <summary>Other records each time, as each experiment has its own.</summary>
    private string NextCsv()
    {
        var csv = new StringBuilder("id,subject,test,value,taken\r\n");
        for (var i = 0; i < size.LoadedRecords; i++)
        {
            var date = $"2014-01-{10 + (i % 19)}";
            csv.Append(
                CultureInfo.InvariantCulture,
                $"{++made},01-701-{i % 1000},Systolic Blood Pressure,{100 + (i % 60)}.{i % 10},{date}\r\n"
            );
        }

        return csv.ToString();
    }
}

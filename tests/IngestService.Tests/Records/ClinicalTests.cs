using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>
/// The CDISC pilot's tables, with keys, types and references: subjects, and the events, exposures and laboratory values
/// that refer to them. Real data where it lies beside the repository, else the same shape, made here.
/// </summary>
public sealed class ClinicalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly (string Id, string File, string[] Key, string[] Numbers)[] Tables =
    [
        ("dm", "dm.csv", ["USUBJID"], ["AGE", "DMDY"]),
        ("ae", "ae.csv", ["USUBJID", "AESEQ"], ["AESEQ", "AESTDY", "AEENDY"]),
        ("ds", "ds.csv", ["USUBJID", "DSSEQ"], ["DSSEQ", "DSSTDY"]),
        ("ex", "ex.csv", ["USUBJID", "EXSEQ"], ["EXSEQ", "EXDOSE", "EXSTDY", "EXENDY"]),
        ("lb", "lb_first10subj.csv", ["USUBJID", "LBSEQ"], ["LBSEQ", "LBSTRESN", "LBDY"]),
        ("vs", "vs_first10subj.csv", ["USUBJID", "VSSEQ"], ["VSSEQ", "VSSTRESN", "VSDY"]),
    ];

    [Fact]
    public async Task The_pilots_tables_load_with_references_and_export_as_they_came()
    {
        var folder = FindShared();
        Assert.SkipUnless(folder is not null, "../shared/data/clinical is not beside the repository.");
        await CheckAsync(table => File.ReadAllText(Path.Combine(folder!, table)));
    }

    [Fact]
    public Task Tables_of_the_same_shape_load_with_references_and_export_as_they_came() => CheckAsync(MadeUp);

    private async Task CheckAsync(Func<string, string> read)
    {
        var lab = new RecordLab(fixture, await fixture.ForkAsync());
        foreach (var (id, file, key, numbers) in Tables)
        {
            var text = read(file);
            await lab.CreateAsync(id, DatasetOf(text, id, key, numbers));
            var open = lab.Csv(id);
            open.Csv = new() { NullValues = { "NA" } };
            var loaded = await lab.LoadAsync(open, text);

            Assert.Empty(loaded.BadRows);
            Assert.Equal(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1, loaded.LoadedRecords);
            await AssertLoadsBackAsync(lab, id, text, (key, numbers));
        }

        await AssertReferencesHoldAsync(lab);
    }

    private async Task AssertLoadsBackAsync(RecordLab lab, string id, string text, (string[] Key, string[] Numbers) of)
    {
        var exported = await lab.ExportAsync(id, V1.RecordFormat.Csv);
        var again = new RecordLab(fixture, await fixture.ForkAsync());
        await again.CreateAsync(id, DatasetOf(text, "dm", of.Key, of.Numbers));
        await again.LoadAsync(again.Csv(id), exported);
        Assert.Equal(exported, await again.ExportAsync(id, V1.RecordFormat.Csv));
    }

    private static async Task AssertReferencesHoldAsync(RecordLab lab)
    {
        var subject = (await lab.QueryAsync("lb"))[0].Split(',')[0];
        var deletes = new V1.DeleteRecordsRequest
        {
            Parent = lab.Name("dm"),
            Deletes = { new V1.RecordDelete { RecordId = subject } },
        };
        var abandoned = await RecordLab.RefusedAsync(() =>
            lab.Records.DeleteRecordsAsync(deletes, IngestFixture.Options).ResponseAsync
        );
        var dangling = await RecordLab.RefusedAsync(() =>
            lab.PutAsync("lb", RecordLab.Row(("USUBJID", "nobody"), ("LBSEQ", 1)))
        );

        Assert.Equal(Errors.ErrorReason.ConstraintViolated, abandoned.Reason);
        Assert.Equal("of_subject", dangling.Metadata["constraint"]);
        var old = await lab.QueryAsync("dm", "AGE >= 65");
        Assert.NotEmpty(old);
        Assert.True(old.Count < (await lab.QueryAsync("dm")).Count);
    }

    private static V1.Dataset DatasetOf(string text, string id, string[] key, string[] numbers)
    {
        var dataset = new V1.Dataset { KeyColumns = { key } };
        foreach (var name in text[..text.IndexOf('\n')].Trim().Split(',').Select(field => field.Trim('"')))
        {
            var type =
                name.EndsWith("SEQ", StringComparison.Ordinal) ? V1.ColumnType.Integer
                : numbers.Contains(name) ? V1.ColumnType.Decimal
                : V1.ColumnType.Text;
            dataset.Columns.Add(
                new V1.Column
                {
                    Column_ = name,
                    Type = type,
                    Minimum = name == "AGE" ? Value.ForString("0") : null,
                }
            );
        }

        if (id != "dm")
        {
            var reference = new V1.ReferenceRule { Columns = { "USUBJID" }, DatasetId = "dm" };
            dataset.Constraints.Add(new V1.Constraint { Constraint_ = "of_subject", Reference = reference });
        }

        return dataset;
    }

    private static string MadeUp(string file)
    {
        var table = Array.Find(Tables, one => one.File == file);
        string[] columns = ["STUDYID", .. table.Key, .. table.Numbers.Except(table.Key), "NOTE"];
        var rows = Enumerable
            .Range(0, 60)
            .Select(i =>
                string.Join(
                    ',',
                    columns.Select(column =>
                        column switch
                        {
                            "STUDYID" => "\"MADE, UP\"",
                            "USUBJID" => $"\"01-{(table.Id == "dm" ? i : i % 10):000}\"",
                            "AGE" => $"{40 + i}",
                            "NOTE" => i % 3 == 0 ? "NA" : "\"say \"\"ä\"\"\"",
                            _ when column.EndsWith("SEQ", StringComparison.Ordinal) => $"{i}",
                            _ => i % 5 == 0 ? "NA" : $"{i}.{i % 7}",
                        }
                    )
                )
            );
        return string.Join('\n', rows.Prepend(string.Join(',', columns))) + "\n";
    }

    private static string? FindShared()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var clinical = Path.Combine(folder.FullName, "..", "shared", "data", "clinical", "cdiscpilot");
            if (File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
            {
                return Directory.Exists(clinical) ? clinical : null;
            }
        }

        return null;
    }
}

using Dendrite.Errors;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

public sealed class LoadTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const string Document = "id,age,mail,sex\r\nS1,40,a@b,F\r\nS2,,\"\",M\r\nS3,7,,F\r\n";

    [Fact]
    public async Task What_is_loaded_is_exported_and_loads_back_equal()
    {
        var lab = await CreateAsync(fixture);
        var load = await lab.LoadAsync(lab.Csv(Subjects), Document);
        var exported = await lab.ExportAsync(Subjects, V1.RecordFormat.Csv);
        var lines = await lab.ExportAsync(Subjects, V1.RecordFormat.JsonLines);

        Assert.Equal(3, load.LoadedRecords);
        Assert.Equal(Document, exported);
        var again = await CreateAsync(fixture);
        var open = again.Csv(Subjects);
        open.Format = V1.RecordFormat.JsonLines;
        await again.LoadAsync(open, lines);
        Assert.Equal(Document, await again.ExportAsync(Subjects, V1.RecordFormat.Csv));
    }

    [Fact]
    public async Task One_bad_row_refuses_all_unless_bad_rows_are_to_be_skipped()
    {
        var lab = await CreateAsync(fixture);
        const string Bad = "id,age,mail\nS1,1,a@b\nS2,x,\nS3,1,a@b\nS1,2,\n";
        var refused = await lab.LoadAsync(lab.Csv(Subjects), Bad);
        Assert.Equal((0, 0, 3), (refused.Version, refused.LoadedRecords, refused.BadRowCount));
        Assert.Empty(await lab.QueryAsync(Subjects));

        var open = lab.Csv(Subjects);
        open.SkipBadRows = true;
        var loaded = await lab.LoadAsync(open, Bad);

        Assert.Equal((1, 3), (loaded.LoadedRecords, loaded.BadRowCount));
        Assert.Equal([3L, 4, 5], loaded.BadRows.Select(row => row.Line));
        Assert.Equal(["age", "mail", ""], loaded.BadRows.Select(row => row.Column));
        Assert.Equal(["S1"], await lab.QueryAsync(Subjects));
    }

    [Fact]
    public async Task A_document_that_cannot_be_read_to_its_end_is_refused_also_where_bad_rows_are_skipped()
    {
        var lab = await CreateAsync(fixture);
        byte[] document = [.. "id,age\nS1,1\nS2,x\nS3,1\nS4"u8, 0xfc, .. ",1\nS5,1\n"u8];
        var open = lab.Csv(Subjects);
        var reported = await lab.LoadAsync(open, document);
        open.SkipBadRows = true;
        var refused = await RefusedAsync(() => lab.LoadAsync(open, document));

        Assert.Equal([3L, 5], reported.BadRows.Select(row => row.Line));
        Assert.Equal(ErrorReason.InvalidArgument, refused.Reason);
        Assert.Contains("line 5 holds bytes [FC]", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await lab.QueryAsync(Subjects));
    }

    [Fact]
    public async Task A_document_that_ends_inside_quotes_is_refused_also_where_bad_rows_are_skipped()
    {
        var lab = await CreateAsync(fixture);
        const string Document = "id,mail\nS1,a@b\nS2,\"b@c\nS3,c@d\n";
        var open = lab.Csv(Subjects);
        var reported = await lab.LoadAsync(open, Document);
        open.SkipBadRows = true;
        var refused = await RefusedAsync(() => lab.LoadAsync(open, Document));

        Assert.Equal([3L], reported.BadRows.Select(row => row.Line));
        Assert.Equal(ErrorReason.InvalidArgument, refused.Reason);
        Assert.Contains("line 3 ends inside quotes", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await lab.QueryAsync(Subjects));
    }

    /// <summary>What a row that is left out had, another may have.</summary>
    [Theory]
    [InlineData("id,mail,code,boss\nS1,a@b,1,S9\nS2,a@b,2,\n", "2", "S2")]
    [InlineData("id,mail,code,boss\nS1,a@b,1,\nS2,a@b,2,\nS3,c@d,2,\nS4,c@d,3,\n", "3 5", "S1 S3")]
    [InlineData("id,mail,code,boss\nS1,a@b,1,\nS2,a@b,2,\nS3,c@d,2,\nS4,e@f,2,\n", "3 5", "S1 S3")]
    [InlineData("id,mail,code,boss\nS1,a@b,0,\nS2,a@b,2,\nS3,c@d,2,\n", "2 4", "S2")]
    [InlineData("id,mail,code,boss\nS1,a@b,1,\nS2,a@b,2,\nS3,c@d,3,S2\n", "3 4", "S1")]
    public async Task A_row_is_left_out_for_a_clash_only_with_a_row_that_is_loaded(
        string document,
        string badLines,
        string loaded
    )
    {
        var lab = await CreateAsync(fixture);
        await lab.CreateAsync("staff", StaffDataset());
        await lab.PutAsync("staff", Row(("id", "S0"), ("code", "0")));
        var open = lab.Csv("staff");
        open.SkipBadRows = true;

        var load = await lab.LoadAsync(open, document);

        Assert.Equal(badLines, string.Join(' ', load.BadRows.Select(row => row.Line)));
        Assert.Equal($"S0 {loaded}", string.Join(' ', await lab.QueryAsync("staff")));
        // A record that is left out itself is nobody's reason.
        var fifth = load.BadRows.Where(row => row.Line == 5);
        Assert.All(fifth, row => Assert.Contains("is taken by record S3 ", row.Problem, StringComparison.Ordinal));
    }

    /// <summary>More of them than there are passes over the constraints.</summary>
    [Fact]
    public async Task All_rows_that_clash_with_a_stored_record_are_left_out()
    {
        var lab = await CreateAsync(fixture);
        await lab.CreateAsync("staff", StaffDataset());
        await lab.PutAsync("staff", Row(("id", "S0"), ("code", "0")));
        var open = lab.Csv("staff");
        open.SkipBadRows = true;
        var clashing = Enumerable.Range(1, 20).Select(number => $"S{number},0\n");

        var load = await lab.LoadAsync(open, $"id,code\n{string.Concat(clashing)}S21,1\n");

        Assert.Equal((1, 20), (load.LoadedRecords, load.BadRowCount));
        const string Taken = "code = 0 is taken by record S0 ";
        Assert.All(load.BadRows, row => Assert.Contains(Taken, row.Problem, StringComparison.Ordinal));
        Assert.Equal(["S0", "S21"], await lab.QueryAsync("staff"));
    }

    [Fact]
    public async Task A_load_that_is_only_checked_writes_nothing()
    {
        var lab = await CreateAsync(fixture);
        var open = lab.Csv(Subjects);
        open.ValidateOnly = true;

        Assert.Equal(0, (await lab.LoadAsync(open, Document)).Version);
        Assert.Empty(await lab.QueryAsync(Subjects));
    }

    [Fact]
    public async Task A_load_with_an_id_is_done_once_and_answered_alike()
    {
        var lab = await CreateAsync(fixture);
        var open = lab.Csv(Subjects);
        open.RequestId = "7c1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b";
        var first = await lab.LoadAsync(open, Document);

        Assert.Equal(first, await lab.LoadAsync(open, Document));
        var reused = await RefusedAsync(() => lab.LoadAsync(open, Document + "S9,,,\r\n"));
        Assert.Equal(ErrorReason.RequestIdReused, reused.Reason);
    }

    [Fact]
    public async Task An_upsert_writes_only_what_differs_and_says_how_much()
    {
        var lab = await CreateAsync(fixture);
        await lab.LoadAsync(lab.Csv(Subjects), Document);
        var changed = await UpsertAsync(
            lab,
            true,
            Row(("id", "S1"), ("age", 40), ("mail", "a@b")),
            Row(("id", "S2"), ("age", 3)),
            Row(("id", "S4"))
        );

        Assert.Equal(
            (1, 1, 1, 1),
            (changed.NewRecords, changed.ChangedRecords, changed.UnchangedRecords, changed.DeletedRecords)
        );
        Assert.Equal(["S1", "S2", "S4"], await lab.QueryAsync(Subjects));
        Assert.NotEqual(changed.Version, (await lab.GetAsync(Subjects, "S1")).Version);
        var asked = await UpsertAsync(lab, true, validateOnly: true, Row(("id", "S4")), Row(("id", "S5")));
        Assert.Equal((0, 1, 1, 2), (asked.Version, asked.NewRecords, asked.UnchangedRecords, asked.DeletedRecords));
        Assert.Equal(["S1", "S2", "S4"], await lab.QueryAsync(Subjects));

        var same = await UpsertAsync(lab, false, Row(("id", "S4")));
        Assert.Equal((0, 1), (same.Version, same.UnchangedRecords));
    }

    private static V1.Dataset StaffDataset()
    {
        var dataset = new V1.Dataset { KeyColumns = { "id" } };
        dataset.Columns.AddRange(
            new[] { "id", "mail", "code", "boss" }.Select(column => new V1.Column
            {
                Column_ = column,
                Type = V1.ColumnType.Text,
            })
        );
        foreach (var column in new[] { "mail", "code" })
        {
            dataset.Constraints.Add(
                new V1.Constraint
                {
                    Constraint_ = $"one_{column}",
                    Unique = new() { Columns = { column } },
                }
            );
        }

        var boss = new V1.Constraint
        {
            Constraint_ = "boss_is_there",
            Reference = new() { Columns = { "boss" }, DatasetId = "staff" },
        };
        dataset.Constraints.Add(boss);
        return dataset;
    }

    private static Task<V1.UpsertRecordsResponse> UpsertAsync(
        RecordLab lab,
        bool deleteMissing,
        params Google.Protobuf.WellKnownTypes.Struct[] rows
    ) => UpsertAsync(lab, deleteMissing, validateOnly: false, rows);

    private static async Task<V1.UpsertRecordsResponse> UpsertAsync(
        RecordLab lab,
        bool deleteMissing,
        bool validateOnly,
        params Google.Protobuf.WellKnownTypes.Struct[] rows
    )
    {
        using var call = lab.Records.UpsertRecords(IngestFixture.Options);
        var open = new V1.UpsertOpen
        {
            Parent = lab.Name(Subjects),
            DeleteMissing = deleteMissing,
            ValidateOnly = validateOnly,
        };
        await call.RequestStream.WriteAsync(new() { Open = open });
        await call.RequestStream.WriteAsync(new() { Batch = new() { Records = { rows } } });
        await call.RequestStream.CompleteAsync();
        return await call;
    }
}

using Dendrite.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.IngestService.Tests.Records;
using Google.Protobuf.WellKnownTypes;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Datasets;

public sealed class DatasetTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    public static TheoryData<ErrorReason, string, Action<V1.CreateDatasetRequest>> BadCreates =>
        new()
        {
            { ErrorReason.MalformedName, "parent", create => create.Parent = "branches/x" },
            { ErrorReason.MalformedName, "dataset_id", create => create.DatasetId = "../etc" },
            { ErrorReason.MalformedName, "dataset_id", create => create.DatasetId = "a'; drop table" },
            { ErrorReason.InvalidArgument, "dataset", create => create.Dataset = null },
            { ErrorReason.InvalidArgument, "dataset.columns", create => create.Dataset.Columns.Clear() },
            { ErrorReason.InvalidArgument, "dataset.key_columns", create => create.Dataset.KeyColumns.Clear() },
            { ErrorReason.InvalidArgument, "dataset.key_columns[1]", create => create.Dataset.KeyColumns.Add("nope") },
            { ErrorReason.InvalidArgument, "dataset.columns[0].type", create => create.Dataset.Columns[0].Type = 0 },
            {
                ErrorReason.InvalidArgument,
                "dataset.columns[0].pattern",
                create => create.Dataset.Columns[0].Pattern = "(a)\\1"
            },
            { ErrorReason.InvalidArgument, "dataset.labels", create => create.Dataset.Labels.Add("Not An Id", "x") },
            { ErrorReason.InvalidArgument, "request_id", create => create.RequestId = "x" },
            { ErrorReason.AlreadyExists, "", create => create.DatasetId = Subjects },
            { ErrorReason.BranchProtected, "", create => create.Parent = "projects/lab/branches/main" },
            { ErrorReason.PermissionDenied, "", create => create.Parent = "projects/other/branches/main" },
            {
                ErrorReason.InvalidArgument,
                "dataset.constraints[1].reference.columns",
                create => create.Dataset.Constraints.Add(Reference(Visits))
            },
            {
                ErrorReason.DatasetNotFound,
                "dataset.constraints[1].reference.dataset_id",
                create => create.Dataset.Constraints.Add(Reference("nowhere"))
            },
        };

    private static V1.Constraint Reference(string dataset) =>
        new()
        {
            Constraint_ = "of_other",
            Reference = new() { Columns = { "age" }, DatasetId = dataset },
        };

    [Theory]
    [MemberData(nameof(BadCreates))]
    [BadInputOf("CreateDataset")]
    public async Task A_bad_dataset_is_refused(ErrorReason reason, string field, Action<V1.CreateDatasetRequest> spoil)
    {
        var lab = await CreateAsync(fixture);
        var request = new V1.CreateDatasetRequest
        {
            Parent = lab.Branch,
            DatasetId = "new",
            Dataset = SubjectsDataset(),
        };
        spoil(request);

        var failure = await RefusedAsync(() =>
            lab.Datasets.CreateDatasetAsync(request, IngestFixture.Options).ResponseAsync
        );

        Assert.Equal(reason, failure.Reason);
        Assert.Equal(field, failure.FieldViolations.Select(violation => violation.Field).FirstOrDefault(""));
        var list = await lab.Datasets.ListDatasetsAsync(new() { Parent = lab.Branch }, IngestFixture.Options);
        Assert.Equal(2, list.Datasets.Count);
    }

    [Fact]
    public async Task A_schema_changes_in_one_commit_and_old_states_keep_theirs()
    {
        var lab = await CreateAsync(fixture);
        var put = await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 40)));
        var site = new V1.Column
        {
            Column_ = "site",
            Type = V1.ColumnType.Text,
            Required = true,
            DefaultValue = Value.ForString("berlin"),
        };
        var changed = await ChangeAsync(
            lab,
            new V1.SchemaChange
            {
                RenameColumn = new() { From = "age", To = "years" },
            },
            new V1.SchemaChange { AddColumn = site },
            new V1.SchemaChange { DropColumn = "sex" }
        );

        Assert.Equal(changed.Version, changed.Dataset.SchemaVersion);
        var now = await lab.GetAsync(Subjects, "S1");
        Assert.Equal(["id", "mail", "site", "years"], now.Values.Fields.Keys.Order());
        Assert.Equal("berlin", now.Values.Fields["site"].StringValue);
        Assert.Equal(put.Version, now.Version);
        Assert.Contains("sex", (await lab.GetAsync(Subjects, "S1", put.Version)).Values.Fields.Keys);
        Assert.Equal(["S1"], await lab.QueryAsync(Subjects, "site = berlin AND years = 40"));
    }

    [Fact]
    public async Task A_constraint_that_records_break_is_refused_naming_them()
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 40)), Row(("id", "S2"), ("age", 40)));
        var unique = new V1.SchemaChange
        {
            PutConstraint = new()
            {
                Constraint_ = "one_age",
                Unique = new() { Columns = { "age" } },
            },
        };
        var refused = await RefusedAsync(() => ChangeAsync(lab, unique));
        var tighter = SubjectsDataset().Columns[1];
        tighter.Maximum = Value.ForNumber(39);
        var range = await RefusedAsync(() => ChangeAsync(lab, new V1.SchemaChange { AlterColumn = tighter }));

        Assert.Equal((ErrorReason.ConstraintViolated, "one_age"), (refused.Reason, refused.Metadata["constraint"]));
        Assert.Equal((ErrorReason.ConstraintViolated, "age"), (range.Reason, range.Metadata["column"]));
        await lab.PutAsync(Subjects, Row(("id", "S2"), ("age", 41)));
        await ChangeAsync(lab, unique);
        // Records that were there before the constraint was are found by it.
        var taken = await RefusedAsync(() => lab.PutAsync(Subjects, Row(("id", "S3"), ("age", 40))));
        Assert.Equal("S1", taken.Metadata["other_record"]);
    }

    [Fact]
    public async Task A_new_constraint_is_refused_for_every_record_that_breaks_it_and_finds_those_that_meet_it()
    {
        const string People = "people";
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1")), Row(("id", "S2")));
        await lab.CreateAsync(People, PeopleDataset());
        await lab.PutAsync(
            People,
            Row(("id", "P1"), ("mother", "S1"), ("team", 1)),
            Row(("id", "P2"), ("mother", "S9"), ("team", 1)),
            Row(("id", "P3"), ("mother", "S9"), ("team", 2)),
            Row(("id", "P4"), ("mother", "S2"), ("team", 1)),
            Row(("id", "P5"))
        );
        var ofMother = new V1.Constraint
        {
            Constraint_ = "of_mother",
            Reference = new() { DatasetId = Subjects },
        };
        ofMother.Reference.Columns.Add("mother");
        var oneTeam = new V1.Constraint
        {
            Constraint_ = "one_team",
            Unique = new() { Columns = { "team" } },
        };

        var dangling = await RefusedAsync(() => PutAsync(ofMother));
        var taken = await RefusedAsync(() => PutAsync(oneTeam));
        await lab.PutAsync(People, Row(("id", "P2"), ("mother", "S1")), Row(("id", "P3"), ("mother", "S1")));
        await PutAsync(ofMother);
        await lab.PutAsync(People, Row(("id", "P4"), ("team", 3)));
        await PutAsync(oneTeam);
        var abandoned = await RefusedAsync(() => DeleteAsync("S1"));

        Assert.Equal(("of_mother", "S9"), (dangling.Metadata["constraint"], dangling.Metadata["other_record"]));
        Assert.Equal(2, dangling.FieldViolations.Count);
        Assert.Equal("one_team", taken.Metadata["constraint"]);
        Assert.Equal(2, taken.FieldViolations.Count);
        Assert.Equal("people/P1", abandoned.Metadata["other_record"]);
        await DeleteAsync("S2");

        async Task<V1.ChangeSchemaResponse> PutAsync(V1.Constraint constraint) =>
            await lab.Datasets.ChangeSchemaAsync(
                new() { Name = lab.Name(People), Changes = { new V1.SchemaChange { PutConstraint = constraint } } },
                IngestFixture.Options
            );

        async Task<V1.DeleteRecordsResponse> DeleteAsync(string subject) =>
            await lab.Records.DeleteRecordsAsync(
                new() { Parent = lab.Name(Subjects), Deletes = { new V1.RecordDelete { RecordId = subject } } },
                IngestFixture.Options
            );
    }

    [Fact]
    public async Task A_dataset_that_others_refer_to_stays_and_one_that_goes_takes_its_records()
    {
        var lab = await CreateAsync(fixture);
        var kept = await RefusedAsync(() => DeleteAsync(lab, Subjects));
        Assert.Equal((ErrorReason.ConstraintViolated, Visits), (kept.Reason, kept.Metadata["dataset"]));

        await DeleteAsync(lab, Visits);
        await DeleteAsync(lab, Subjects);
        var gone = await RefusedAsync(() => lab.QueryAsync(Subjects));
        Assert.Equal(ErrorReason.DatasetNotFound, gone.Reason);
    }

    [Fact]
    public async Task Fields_for_people_change_under_an_etag_and_leave_the_schema_version()
    {
        var lab = await CreateAsync(fixture);
        var name = new V1.GetDatasetRequest { Name = lab.Name(Subjects) };
        var before = (await lab.Datasets.GetDatasetAsync(name, IngestFixture.Options)).Dataset;
        var update = new V1.UpdateDatasetRequest
        {
            Dataset = new()
            {
                Name = before.Name,
                DisplayName = "Subjects",
                Etag = before.Etag,
            },
        };
        var updated = (await lab.Datasets.UpdateDatasetAsync(update, IngestFixture.Options)).Dataset;
        var stale = await RefusedAsync(() =>
            lab.Datasets.UpdateDatasetAsync(update, IngestFixture.Options).ResponseAsync
        );

        Assert.Equal("Subjects", updated.DisplayName);
        Assert.Equal(before.SchemaVersion, updated.SchemaVersion);
        Assert.Equal(before.CreateTime, updated.CreateTime);
        Assert.Equal(ErrorReason.EtagMismatch, stale.Reason);
    }

    private static V1.Dataset PeopleDataset() =>
        new()
        {
            Columns =
            {
                new V1.Column { Column_ = "id", Type = V1.ColumnType.Text },
                new V1.Column { Column_ = "mother", Type = V1.ColumnType.Text },
                new V1.Column { Column_ = "team", Type = V1.ColumnType.Integer },
            },
            KeyColumns = { "id" },
        };

    private static async Task<V1.ChangeSchemaResponse> ChangeAsync(RecordLab lab, params V1.SchemaChange[] changes) =>
        await lab.Datasets.ChangeSchemaAsync(
            new() { Name = lab.Name(Subjects), Changes = { changes } },
            IngestFixture.Options
        );

    private static async Task<V1.DeleteDatasetResponse> DeleteAsync(RecordLab lab, string dataset) =>
        await lab.Datasets.DeleteDatasetAsync(new() { Name = lab.Name(dataset) }, IngestFixture.Options);
}

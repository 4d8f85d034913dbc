using Dendrite.Fixtures.BadInput;
using Dendrite.IngestService.Tests.Records;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Datasets;

/// <summary>Bad columns and constraints: the status, the field at fault, and the schema stays as it is.</summary>
public sealed class SchemaRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly string Long = new('x', 4_001);

    public static TheoryData<Refusal, Action<V1.ChangeSchemaRequest>> Requests =>
        new()
        {
            { Invalid("name"), change => change.Name = "" },
            { Invalid("name"), change => change.Name += "'; DROP TABLE records.dataset; --" },
            { Of(StatusCode.PermissionDenied), change => change.Name = "projects/other/branches/main/datasets/d" },
            { Of(StatusCode.NotFound), change => change.Name += "-gone" },
            { Invalid("changes"), change => change.Changes.Clear() },
            { Invalid("changes"), change => change.Changes.Add(Enumerable.Repeat(change.Changes[0], 100)) },
            { Invalid("changes[0]"), change => change.Changes[0] = new() },
            { Invalid("commit_message"), change => change.CommitMessage = new string('x', 1_001) },
            { Invalid("commit_message"), change => change.CommitMessage = "\u0007" },
            { Of(StatusCode.Aborted), change => change.Etag = "\"1\"" },
            { Invalid("request_id"), change => change.RequestId = "x" },
            { Of(StatusCode.ResourceExhausted), change => change.CommitMessage = new string('x', 10_000_000) },
        };

    public static TheoryData<Refusal, V1.SchemaChange> Columns =>
        new()
        {
            { Invalid("changes[0].add_column.column"), Add("") },
            { Invalid("changes[0].add_column.column"), Add("1st") },
            { Invalid("changes[0].add_column.column"), Add("a b") },
            { Invalid("changes[0].add_column.column"), Add("x\"; DROP TABLE records.row; --") },
            { Invalid("changes[0].add_column.column"), Add("../a") },
            { Invalid("changes[0].add_column.column"), Add("nul\0") },
            { Invalid("changes[0].add_column.column"), Add(new string('x', 64)) },
            { Invalid("changes[0].add_column.column"), Add("age") },
            { Invalid("changes[0].add_column.column"), Add("AGE") },
            { Invalid("changes[0].add_column.type"), Add("site", column => column.Type = 0) },
            { Invalid("changes[0].add_column.type"), Add("site", column => column.Type = (V1.ColumnType)99) },
            { Invalid("changes[0].add_column.description"), Add("site", column => column.Description = Long) },
            { Invalid("changes[0].add_column.description"), Add("site", column => column.Description = "\0") },
            { Invalid("changes[0].add_column.unit"), Add("site", column => column.Unit = Long) },
            { Invalid("changes[0].add_column.unit"), Add("site", column => column.Unit = "mm\u001b[2J") },
            { Invalid("changes[0].add_column.pattern"), Add("site", column => column.Pattern = "(") },
            { Invalid("changes[0].add_column.pattern"), Add("site", column => column.Pattern = "(a)\\1") },
            { Invalid("changes[0].add_column.pattern"), Add("site", column => column.Pattern = Long) },
            { Invalid("changes[0].add_column.default_value"), Add("site", column => column.DefaultValue = Number(1)) },
            {
                Invalid("changes[0].add_column.minimum"),
                Add("site", column => column.Minimum = Value.ForList(Number(1)))
            },
            { Invalid("changes[0].add_column.decimal_digits"), Add("site", column => column.DecimalDigits = 2) },
            {
                Invalid("changes[0].add_column.allowed_values"),
                Add("sort", column => column.Type = V1.ColumnType.Enum)
            },
            { Invalid("changes[0].add_column.minimum"), Add("days", Contradict) },
            {
                new(StatusCode.FailedPrecondition, "records[S1].site", null),
                Add("site", column => column.Required = true)
            },
            { Invalid("changes[0].alter_column.column"), Alter("nope", _ => { }) },
            { Invalid("changes[0].alter_column.type"), Alter("age", column => column.Type = V1.ColumnType.Boolean) },
            { Invalid("changes[0].alter_column.type"), Alter("mail", column => column.Type = V1.ColumnType.Json) },
            { Invalid("changes[0].rename_column.from"), Rename("nope", "site") },
            { Invalid("changes[0].rename_column.from"), Rename("", "site") },
            { Invalid("changes[0].rename_column.to"), Rename("age", "") },
            { Invalid("changes[0].rename_column.to"), Rename("age", "a.b") },
            { Invalid("changes[0].rename_column.to"), Rename("age", "mail") },
            { Invalid("changes[0].rename_column.to"), Rename("age", "Mail") },
            {
                Invalid("changes[0].drop_column"),
                new() { DropColumn = "" }
            },
            {
                Invalid("changes[0].drop_column"),
                new() { DropColumn = "nope" }
            },
            {
                Invalid("changes[0].drop_column"),
                new() { DropColumn = "id" }
            },
            {
                Invalid("changes[0].drop_column"),
                new() { DropColumn = "mail" }
            },
        };

    public static TheoryData<Refusal, V1.SchemaChange> Constraints =>
        new()
        {
            { Invalid("changes[0].put_constraint"), Put("rule", _ => { }) },
            { Invalid("changes[0].put_constraint.constraint"), Put("", rule => rule.Unique = On("age")) },
            { Invalid("changes[0].put_constraint.constraint"), Put("a'; --", rule => rule.Unique = On("age")) },
            { Invalid("changes[0].put_constraint.constraint"), Put("One_Mail", rule => rule.Unique = On("age")) },
            { Invalid("changes[0].put_constraint.unique.columns"), Put("rule", rule => rule.Unique = On()) },
            { Invalid("changes[0].put_constraint.unique.columns[0]"), Put("rule", rule => rule.Unique = On("nope")) },
            {
                Invalid("changes[0].put_constraint.unique.columns"),
                Put("rule", rule => rule.Unique = On("age", "age"))
            },
            {
                Invalid("changes[0].put_constraint.reference.dataset_id"),
                Put("rule", rule => rule.Reference = new() { Columns = { "age" }, DatasetId = "../x" })
            },
            {
                Invalid("changes[0].put_constraint.reference.columns"),
                Put("rule", rule => rule.Reference = new() { Columns = { "age" }, DatasetId = Visits })
            },
            {
                new(StatusCode.NotFound, "changes[0].put_constraint.reference.dataset_id", null),
                Put("rule", rule => rule.Reference = new() { Columns = { "age" }, DatasetId = "nowhere" })
            },
            {
                Invalid("changes[0].drop_constraint"),
                new() { DropConstraint = "nope" }
            },
        };

    [Theory]
    [MemberData(nameof(Requests))]
    [BadInputOf("ChangeSchema")]
    public async Task A_bad_change_of_the_schema_is_refused(Refusal refusal, Action<V1.ChangeSchemaRequest> spoil)
    {
        var lab = await CreateAsync(fixture);
        var request = new V1.ChangeSchemaRequest { Name = lab.Name(Subjects), Changes = { Add("site") } };
        spoil(request);
        await RefusesAsync(lab, refusal, request);
    }

    [Theory]
    [MemberData(nameof(Columns))]
    [MemberData(nameof(Constraints))]
    public async Task A_change_that_cannot_be_is_refused(Refusal refusal, V1.SchemaChange change)
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 1)));
        await RefusesAsync(lab, refusal, new() { Name = lab.Name(Subjects), Changes = { change } });
    }

    [Fact]
    public async Task The_second_of_two_changes_is_named_and_the_first_is_not_made()
    {
        var lab = await CreateAsync(fixture);
        var request = new V1.ChangeSchemaRequest { Name = lab.Name(Subjects), Changes = { Add("site"), Add("site") } };
        await RefusesAsync(lab, Invalid("changes[1].add_column.column"), request);
    }

    private async Task RefusesAsync(RecordLab lab, Refusal refusal, V1.ChangeSchemaRequest request)
    {
        foreach (var validateOnly in new[] { false, true })
        {
            request.ValidateOnly = validateOnly;
            Assert.Equal(
                refusal,
                await fixture.RefusalOfAsync(() => lab.Datasets.ChangeSchemaAsync(request, IngestFixture.Options))
            );
        }
    }

    private static void Contradict(V1.Column column) =>
        (column.Type, column.Minimum, column.Maximum) = (V1.ColumnType.Integer, Number(2), Number(1));

    private static Value Number(double value) => Value.ForNumber(value);

    private static V1.UniqueRule On(params string[] columns) => new() { Columns = { columns } };

    private static V1.SchemaChange Add(string name, Action<V1.Column>? spoil = null) =>
        new() { AddColumn = Column(name, V1.ColumnType.Text, spoil) };

    private static V1.SchemaChange Alter(string name, Action<V1.Column> spoil) =>
        new() { AlterColumn = Column(name, V1.ColumnType.Text, spoil) };

    private static V1.Column Column(string name, V1.ColumnType type, Action<V1.Column>? spoil)
    {
        var column = new V1.Column { Column_ = name, Type = type };
        spoil?.Invoke(column);
        return column;
    }

    private static V1.SchemaChange Rename(string from, string to) =>
        new()
        {
            RenameColumn = new() { From = from, To = to },
        };

    private static V1.SchemaChange Put(string name, Action<V1.Constraint> set)
    {
        var constraint = new V1.Constraint { Constraint_ = name };
        set(constraint);
        return new() { PutConstraint = constraint };
    }
}

using Dendrite.Errors;
using Dendrite.Storage.Assertions;

namespace Dendrite.BranchService.Assertions;

/// <summary>Reads the fields of an assertion that came in a request.</summary>
internal static class AssertionInput
{
    private const int MaxSqlLength = 20_000;
    private const int MaxDescriptionLength = 4_000;

    private static readonly UpdatableFields<V1.Assertion, AssertionChange> Fields = new()
    {
        { "sql", fields => fields.Sql.Length > 0, (change, fields) => change with { Sql = Sql(fields) } },
        {
            "description",
            fields => fields.Description.Length > 0,
            (change, fields) => change with { Description = Description(fields) }
        },
        {
            "severity",
            fields => fields.Severity != V1.AssertionSeverity.Unspecified,
            (change, fields) => change with { Severity = Severity(fields.Severity) ?? AssertionSeverity.Error }
        },
    };

    /// <exception cref="DendriteException">INVALID_ARGUMENT of a value.</exception>
    public static NewAssertion New(string id, Guid uid, V1.Assertion fields, string creator) =>
        new(id, uid, Sql(fields))
        {
            Creator = creator,
            Description = Description(fields),
            Severity = Severity(fields.Severity) ?? AssertionSeverity.Error,
        };

    /// <exception cref="DendriteException">INVALID_UPDATE_MASK, or INVALID_ARGUMENT of a value.</exception>
    public static AssertionChange Change(V1.UpdateAssertionRequest request) =>
        Fields.Read(new(), request.Assertion, request.UpdateMask);

    private static string Sql(V1.Assertion fields)
    {
        const string Field = "assertion.sql";
        var sql = RequestFields.Text(fields.Sql, Field, MaxSqlLength);
        return string.IsNullOrWhiteSpace(sql)
            ? throw DendriteException.Invalid(Field, "is empty; give a SELECT that returns what must not be there")
            : sql;
    }

    private static string Description(V1.Assertion fields) =>
        RequestFields.Text(fields.Description, "assertion.description", MaxDescriptionLength);

    private static AssertionSeverity? Severity(V1.AssertionSeverity severity) =>
        severity switch
        {
            V1.AssertionSeverity.Unspecified => null,
            V1.AssertionSeverity.Error => AssertionSeverity.Error,
            V1.AssertionSeverity.Warning => AssertionSeverity.Warning,
            _ => throw DendriteException.Invalid("assertion.severity", $"is {(int)severity}; give ERROR or WARNING"),
        };
}

using Dendrite.Storage.Requests;
using Npgsql;

namespace Dendrite.Storage.Assertions;

/// <summary>The columns of an assertion in every query, and how they are read.</summary>
internal static class AssertionRow
{
    /// <summary>Of <c>a</c>.</summary>
    public const string Columns = """
        a.assertion_id, a.name, a.uid, a.sql, a.revision, a.description, a.severity, a.creator, a.create_time,
        a.update_time
        """;

    public static readonly NamedTable<AssertionRecord> Table = new(
        "Assertion",
        "branching.assertion",
        "a",
        "assertion_id",
        Columns,
        Read
    )
    {
        NameConstraint = "assertion_name_is_taken",
        NoSuch = AssertionStore.NoSuchAssertion,
        Full =
            $"The project has {AssertionWriter.MaxAssertions} assertions already; delete one, or put two into one "
            + "query.",
    };

    public static AssertionRecord Read(NpgsqlDataReader reader) =>
        new(new(reader.GetInt64(0)), reader.GetString(1), reader.GetGuid(2), reader.GetString(3))
        {
            Revision = reader.GetInt64(4),
            Description = reader.GetString(5),
            Severity = Enum.Parse<AssertionSeverity>(reader.GetString(6), ignoreCase: true),
            Creator = reader.GetString(7),
            CreateTime = reader.GetFieldValue<DateTimeOffset>(8),
            UpdateTime = reader.GetFieldValue<DateTimeOffset>(9),
        };

    public static string Write(AssertionSeverity severity) =>
        severity switch
        {
            AssertionSeverity.Error => "error",
            AssertionSeverity.Warning => "warning",
            _ => throw new ArgumentOutOfRangeException(nameof(severity), severity, "is not stored by any word"),
        };
}

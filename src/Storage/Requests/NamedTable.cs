using Dendrite.Errors;
using Npgsql;

namespace Dendrite.Storage.Requests;

/// <summary>
/// A table with the columns <c>project_id</c>, <c>name</c> and <c>revision</c>: how a row is read, and what is said of
/// one.
/// </summary>
/// <param name="Noun">What a row is, for people: capitalised.</param>
/// <param name="Name">With its schema.</param>
/// <param name="Alias">Of the row in <paramref name="Columns"/>.</param>
/// <param name="IdColumn">Its number.</param>
/// <param name="Columns">What <paramref name="Read"/> reads.</param>
internal sealed record NamedTable<T>(
    string Noun,
    string Name,
    string Alias,
    string IdColumn,
    string Columns,
    Func<NpgsqlDataReader, T> Read
)
    where T : class
{
    /// <summary>
    /// What follows the row in FROM, for columns that are not its own; begins with a space or is empty.
    /// </summary>
    public string From { get; init; } = "";

    /// <summary>The unique constraint of <c>project_id</c> and <c>name</c>.</summary>
    public required string NameConstraint { get; init; }

    /// <summary>The error that there is none of that name.</summary>
    public required Func<string, DendriteException> NoSuch { get; init; }

    /// <summary>What follows the name where it is taken.</summary>
    public string Taken { get; init; } = "exists already: choose another id, or change that one.";

    /// <summary>
    /// Said where an INSERT with a condition added no row: the project has as many as it may. Of a table without a
    /// limit never said.
    /// </summary>
    public string Full { get; init; } = "The project has no place for another.";
}

/// <summary>What is done to one row.</summary>
/// <param name="Sql">A change up to its WHERE, or an INSERT up to its RETURNING.</param>
internal sealed record RowAction(string Sql, Action<NpgsqlBatchCommand> AddParameters)
{
    /// <summary>What must hold beside name and revision; begins with <c>AND</c> or is empty.</summary>
    public string Condition { get; init; } = "";
}

/// <summary>Which row to change.</summary>
/// <param name="Name">Its id within the project.</param>
/// <param name="Revision">The revision that it must still have; null: any.</param>
public sealed record RowTarget(string Name, long? Revision = null);

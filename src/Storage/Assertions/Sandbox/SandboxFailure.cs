using System.Globalization;
using Npgsql;

namespace Dendrite.Storage.Assertions.Sandbox;

/// <summary>PostgreSQL's errors in the words of a query's author, to follow the field's name.</summary>
internal static class SandboxFailure
{
    /// <param name="headLength">Characters that stand before the query in what was sent.</param>
    public static SandboxException OfParsing(NpgsqlException failure, string sql, int headLength) =>
        failure is PostgresException postgres
            ? new($"{PlaceOf(postgres.Position - headLength, sql)}{Describe(postgres)}", failure)
            : new(failure.Message, failure);

    public static SandboxException OfRunning(NpgsqlException failure) =>
        new(failure is PostgresException postgres ? Describe(postgres) : failure.Message, failure);

    private static string Describe(PostgresException failure) =>
        failure.SqlState switch
        {
            PostgresErrorCodes.QueryCanceled => "ran longer than it may and was stopped",
            PostgresErrorCodes.UndefinedTable =>
                $"{failure.MessageText}: there is no dataset of that name; one with hyphens stands in double quotes",
            PostgresErrorCodes.UndefinedColumn when string.IsNullOrEmpty(failure.Hint) =>
                $"{failure.MessageText}: a name with capital letters stands in double quotes",
            PostgresErrorCodes.DuplicateColumn =>
                $"{failure.MessageText}: give each column of the result a name of its own with AS",
            PostgresErrorCodes.SyntaxError when failure.MessageText.Contains("multiple commands") =>
                "holds several statements; one SELECT is allowed",
            _ => failure.Hint is { Length: > 0 } hint ? $"{failure.MessageText}. {hint}" : failure.MessageText,
        };

    /// <summary>Where in the query, counted from 1; empty where PostgreSQL does not say.</summary>
    private static string PlaceOf(int position, string sql)
    {
        if (position < 1 || position > sql.Length + 1)
        {
            return "";
        }

        var before = sql[..(position - 1)];
        var line = before.Count(character => character == '\n') + 1;
        var column = position - 1 - (before.LastIndexOf('\n') + 1) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}: ");
    }
}

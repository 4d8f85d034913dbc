using Dendrite.Errors;
using Npgsql;

namespace Dendrite.Storage;

/// <summary>
/// What the database's own errors mean to a caller. The DN codes are those that our migrations raise.
/// </summary>
internal static class DatabaseFailure
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>The failure's name, or null where it is a defect: then the exception goes up as it is.</summary>
    public static DendriteException? Find(NpgsqlException failure) =>
        failure switch
        {
            PostgresException { SqlState: "DN002" } postgres => Known(ErrorReason.BranchNotFound, postgres),
            PostgresException { SqlState: "DN003" } postgres => Known(ErrorReason.BranchNotWritable, postgres),
            PostgresException { SqlState: "DN004" } postgres => Known(ErrorReason.BranchProtected, postgres),
            { IsTransient: true } => new(
                ErrorReason.Unavailable,
                "The database is away or overloaded for the moment; try the same call again.",
                failure
            )
            {
                RetryAfter = RetryAfter,
            },
            _ => null,
        };

    /// <summary>Whether a row of this unique constraint was there already.</summary>
    public static bool IsTaken(this PostgresException failure, string constraint) =>
        failure.SqlState == PostgresErrorCodes.UniqueViolation && failure.ConstraintName == constraint;

    private static DendriteException Known(ErrorReason reason, PostgresException failure) =>
        new(reason, failure.MessageText, failure);
}

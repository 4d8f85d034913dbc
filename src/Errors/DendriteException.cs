namespace Dendrite.Errors;

/// <summary>
/// A call that fails on purpose. The message says what happened, with the value, and what to do about it; it reaches
/// the caller as it is, so it never holds a secret or another project's data.
/// </summary>
public sealed class DendriteException(ErrorReason reason, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Which of the enumerated failures this is.</summary>
    public ErrorReason Reason { get; } = reason;

    /// <summary>The request fields at fault, for <c>google.rpc.BadRequest</c>. Paths are those of the proto.</summary>
    public IReadOnlyList<FieldViolation> FieldViolations { get; init; } = [];

    /// <summary>Facts for programs (names, versions, indexes), for <c>google.rpc.ErrorInfo.metadata</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Messages of the contract that tell more, most important first, such as conflicts; those that fit are sent among
    /// the status details.
    /// </summary>
    public IReadOnlyList<object> Details { get; init; } = [];

    /// <summary>How long to wait before a retry makes sense, or null where a retry alone does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A malformed or out-of-bounds request field.</summary>
    /// <param name="field">The proto path of the field, such as <c>branch.labels</c>.</param>
    /// <param name="problem">What is wrong with the value, and the remedy.</param>
    public static DendriteException Invalid(string field, string problem) =>
        OfField(ErrorReason.InvalidArgument, field, problem);

    /// <summary>A request field whose value is well-formed, and cannot be used for a reason of its own.</summary>
    /// <param name="field">The proto path of the field.</param>
    /// <param name="problem">What is wrong with the value, and the remedy.</param>
    public static DendriteException OfField(ErrorReason reason, string field, string problem) =>
        new(reason, $"{field}: {problem}") { FieldViolations = [new(field, problem)] };
}

/// <summary>One request field at fault.</summary>
/// <param name="Field">The proto path of the field.</param>
/// <param name="Problem">What is wrong and what to do.</param>
public readonly record struct FieldViolation(string Field, string Problem);

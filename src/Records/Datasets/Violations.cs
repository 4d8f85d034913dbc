using Dendrite.Errors;

namespace Dendrite.Records.Datasets;

/// <summary>Collects what is wrong with a request's fields, all of it rather than the first.</summary>
public sealed class Violations
{
    /// <summary>
    /// Most that are kept: nobody mends a thousand at once, and an answer has to fit in its trailers.
    /// </summary>
    private const int MaxKept = 100;

    private readonly List<FieldViolation> found = [];

    public bool IsEmpty => found.Count == 0;

    public IReadOnlyList<FieldViolation> All => found;

    /// <param name="field">The proto path of the field.</param>
    /// <param name="problem">What is wrong with the value, and the remedy.</param>
    public void Add(string field, string problem)
    {
        if (found.Count < MaxKept)
        {
            found.Add(new(field, problem));
        }
    }

    /// <summary>Throws where anything was found.</summary>
    /// <exception cref="DendriteException"><see cref="ErrorReason.InvalidArgument"/> with all of it.</exception>
    public void ThrowIfAny()
    {
        if (found.Count == 0)
        {
            return;
        }

        var more = found.Count == 1 ? "" : $" (and {found.Count - 1} more)";
        throw new DendriteException(ErrorReason.InvalidArgument, $"{found[0].Field}: {found[0].Problem}{more}")
        {
            FieldViolations = [.. found],
        };
    }
}

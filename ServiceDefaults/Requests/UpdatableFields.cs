using System.Collections;
using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>
/// The fields of a message that callers may set, one line each: the path, whether a message sets it, and what it
/// changes.
/// <code>
/// private static readonly UpdatableFields&lt;Tag, TagChange&gt; Fields = new()
/// {
///     { "labels", tag => tag.Labels.Count > 0, (change, tag) => change with { Labels = Labels(tag) } },
/// };
/// </code>
/// </summary>
/// <remarks>Fill it when it is made; thread-safe from then on.</remarks>
/// <typeparam name="TMessage">The contract's message.</typeparam>
/// <typeparam name="TChange">What is gathered from it: a record, so that each field gives a new one.</typeparam>
public sealed class UpdatableFields<TMessage, TChange> : IEnumerable<string>
{
    private readonly OrderedDictionary<string, Field> fields = [];

    /// <param name="isSet">Whether an update without a mask changes it.</param>
    /// <param name="read">Throws INVALID_ARGUMENT for a value that cannot be.</param>
    public void Add(string path, Func<TMessage, bool> isSet, Func<TChange, TMessage, TChange> read) =>
        fields.Add(path, new(isSet, read));

    /// <summary>All fields of a new thing, in their order: those that are not set have their defaults.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT of a value.</exception>
    public TChange ReadAll(TChange unset, TMessage message) => Read(unset, message, [.. fields.Keys]);

    /// <summary>The fields of the mask, and without one those that are set (AIP-134).</summary>
    /// <exception cref="DendriteException">INVALID_UPDATE_MASK: another path; INVALID_ARGUMENT of a value.</exception>
    public TChange Read(TChange current, TMessage message, FieldMask? mask) =>
        Read(current, message, Paths(message, mask));

    /// <summary>The fields of these paths.</summary>
    /// <param name="paths">From <see cref="Paths"/>.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT of a value.</exception>
    public TChange Read(TChange current, TMessage message, IReadOnlyList<string> paths) =>
        paths.Aggregate(current, (change, path) => fields[path].Read(change, message));

    /// <summary>Which fields an update changes.</summary>
    /// <exception cref="DendriteException">INVALID_UPDATE_MASK: another path.</exception>
    public IReadOnlyList<string> Paths(TMessage message, FieldMask? mask) =>
        UpdateMask.Paths(mask, fields.ToDictionary(field => field.Key, field => field.Value.IsSet(message)));

    public IEnumerator<string> GetEnumerator() => fields.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed record Field(Func<TMessage, bool> IsSet, Func<TChange, TMessage, TChange> Read);
}

namespace Dendrite.IngestService.Append;

/// <summary>What every session works with.</summary>
internal sealed record AppendParts(
    StreamOpener Opener,
    Committers Committers,
    BlockVerifier Verifier,
    DuplicateCheck Duplicates,
    IngestOptions Options
)
{
    public required TimeProvider Time { get; init; }

    /// <summary>Cancelled when this replica was told to stop.</summary>
    public required CancellationToken Draining { get; init; }
}

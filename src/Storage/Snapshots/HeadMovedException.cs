namespace Dendrite.Storage.Snapshots;

/// <summary>
/// A read went through a head that was remembered, and the branch has moved on or its name leads elsewhere: what came
/// back counts for nothing. <see cref="RememberedHeads"/> answers it by reading again.
/// </summary>
public sealed class HeadMovedException() : Exception("The branch has moved on since its head was last read.");

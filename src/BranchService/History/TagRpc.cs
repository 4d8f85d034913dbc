namespace Dendrite.BranchService.History;

/// <summary>Tags over gRPC: not served yet, and said so with details rather than by a missing service.</summary>
public sealed class TagRpc : V1.TagService.TagServiceBase;

using System.CommandLine;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch update</c>: title, description, owner and kind.</summary>
internal static class BranchUpdateCommand
{
    public static Command Build(ResourceCommands branches)
    {
        var title = FieldOptions.Title();
        var description = FieldOptions.Text("--description", "TEXT", "What it is for.");
        var owner = FieldOptions.Text("--owner", "NAME", "Who is responsible, such as an e-mail address.");
        var kind = new Option<BranchKind?>("--kind")
        {
            Description = "What sort of work it holds.",
            HelpName = KindArgument.Kinds,
            CustomParser = result => KindArgument.Parse(result),
        };
        return branches.Update(
            "Change what a branch says of itself.",
            [title, description, owner, kind],
            async (session, target, token) =>
            {
                var given = new GivenFields(session.Arguments);
                var branch = new Branch { Name = target.Name, Etag = target.Etag };
                given.Take(title, "display_name", text => branch.DisplayName = text);
                given.Take(description, "description", text => branch.Description = text);
                given.Take(owner, "owner", text => branch.Owner = text);
                given.Take(kind, "kind", (BranchKind value) => branch.Kind = value);
                var request = new UpdateBranchRequest
                {
                    Branch = branch,
                    UpdateMask = given.Mask,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Branches.UpdateBranchAsync(request, cancellationToken: token);
            },
            (output, updated) => BranchView.WriteOne(output, updated.Branch)
        );
    }
}

using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch extend BRANCH TIME</c>: no retention policy takes it before then.</summary>
internal static class BranchExtendCommand
{
    public static Command Build(CliApplication application)
    {
        var time = new Argument<TimeSpan?>("TIME")
        {
            Description = "For how long from now, such as 30d.",
            CustomParser = DurationArgument.Parse,
            Arity = ArgumentArity.ZeroOrOne,
        };
        var off = new Option<bool>("--off")
        {
            Description = "Take its expiry off instead: from then on policies alone decide.",
        };
        return BranchCommands.OnOne(
            application,
            new Command("extend", "Keep a branch for longer than policies would: sets when it expires.") { time, off },
            async (session, target, cancellationToken) =>
            {
                var length = session.Arguments.GetValue(time);
                if (length is null != session.Arguments.GetValue(off))
                    throw new CliException(ExitCode.Usage, "USAGE", "Give for how long, such as 30d, or --off.");
                var request = new UpdateBranchRequest
                {
                    Branch = new()
                    {
                        Name = target.Name,
                        Ttl = length is { } set ? Duration.FromTimeSpan(set) : null,
                        Etag = target.Etag,
                    },
                    UpdateMask = FieldMask.FromString(length is null ? "expire_time" : "ttl"),
                    RequestId = target.RequestId,
                };
                var updated = await session.Platform.Branches.UpdateBranchAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                return updated.Branch;
            }
        );
    }
}

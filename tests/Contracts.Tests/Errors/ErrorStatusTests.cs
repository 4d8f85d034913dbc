using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.Contracts.Tests.Errors;

public sealed class ErrorStatusTests
{
    public static TheoryData<ErrorReason> Reasons => [.. Enum.GetValues<ErrorReason>()];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Every_reason_has_a_status_that_is_an_error(ErrorReason reason) =>
        Assert.NotEqual(StatusCode.OK, ErrorStatus.CodeOf(reason));

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Every_reason_survives_the_wire(ErrorReason reason)
    {
        var sent = new DendriteException(reason, "what happened, and what to do");

        var received = ErrorStatus.FromRpcException(OverTheWire(ErrorStatus.ToRpcException(sent)));

        Assert.Equal(reason, received?.Reason);
        Assert.Equal(sent.Message, received?.Message);
    }

    [Theory]
    [InlineData(ErrorReason.BranchNotFound, "BRANCH_NOT_FOUND")]
    [InlineData(ErrorReason.Internal, "INTERNAL")]
    public void A_reason_is_named_in_upper_snake_case(ErrorReason reason, string name)
    {
        Assert.Equal(name, ErrorReasonNames.Of(reason));
        Assert.Equal(reason, ErrorReasonNames.Find(name));
    }

    [Fact]
    public void Details_survive_the_wire()
    {
        var sent = new DendriteException(ErrorReason.BlockOutOfOrder, "block begins at 500, 400 was expected")
        {
            FieldViolations = [new("block.first_sample", "500 is beyond 400")],
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["expected"] = "400" },
            RetryAfter = TimeSpan.FromMilliseconds(1_500),
        };

        var received = ErrorStatus.FromRpcException(OverTheWire(ErrorStatus.ToRpcException(sent)));

        Assert.NotNull(received);
        Assert.Equal(sent.FieldViolations, received.FieldViolations);
        Assert.Equal(sent.Metadata, received.Metadata);
        Assert.Equal(sent.RetryAfter, received.RetryAfter);
    }

    [Fact]
    public void A_state_to_be_mended_comes_as_a_precondition()
    {
        var error = new DendriteException(ErrorReason.BranchNotWritable, "the branch is archived")
        {
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["resource"] = "projects/lab/branches/old",
            },
        };

        var failure = StatusDetails.Find<Google.Rpc.PreconditionFailure>(ErrorStatus.ToStatus(error));

        var violation = Assert.Single(failure!.Violations);
        Assert.Equal("BRANCH_NOT_WRITABLE", violation.Type);
        Assert.Equal("projects/lab/branches/old", violation.Subject);
    }

    [Fact]
    public void The_largest_error_still_fits_the_headers_of_common_clients()
    {
        const int trailerLimitBytes = 8_192;
        var metadata = Enumerable.Range(0, 1_000).ToDictionary(i => $"key-{i}", _ => new string('v', 1_000));
        var error = new DendriteException(ErrorReason.BranchNotWritable, new string('m', 100_000))
        {
            FieldViolations =
            [
                .. Enumerable.Range(0, 1_000).Select(i => new FieldViolation($"f{i}", new string('p', 999))),
            ],
            Metadata = metadata,
        };

        var rpc = ErrorStatus.ToRpcException(error);

        var details = rpc.Trailers.GetValueBytes(StatusDetails.TrailerName)!;
        Assert.InRange(rpc.Status.Detail.Length + Convert.ToBase64String(details).Length, 1, trailerLimitBytes);
        Assert.NotEmpty(ErrorStatus.FromRpcException(rpc)!.FieldViolations);
    }

    [Fact]
    public void Twenty_conflicts_of_the_longest_name_fit_the_details()
    {
        var named = Enumerable
            .Range(0, 20)
            .ToDictionary(i => $"conflict.{i:x32}", _ => "ChangedAndDeleted", StringComparer.Ordinal);
        var error = new DendriteException(ErrorReason.MergeConflict, "20 conflicts are undecided")
        {
            Metadata = new Dictionary<string, string>(named, StringComparer.Ordinal) { ["conflicts"] = "1000000" },
        };

        var received = ErrorStatus.FromRpcException(ErrorStatus.ToRpcException(error))!;

        Assert.Equal(error.Metadata, received.Metadata);
    }

    [Fact]
    public void A_failure_of_another_party_is_not_taken_for_ours()
    {
        var bare = new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        var foreign = new Google.Rpc.Status { Code = 14, Message = "not ours" };
        foreign.Details.Add(
            Google.Protobuf.WellKnownTypes.Any.Pack(
                new Google.Rpc.ErrorInfo { Type = "UNAVAILABLE", Domain = "elsewhere" }
            )
        );

        Assert.Null(ErrorStatus.FromRpcException(bare));
        Assert.Null(ErrorStatus.FromStatus(foreign));
    }

    [Fact]
    public void A_reason_from_a_newer_server_keeps_its_message()
    {
        var status = new Google.Rpc.Status { Code = 9, Message = "the moon is full" };
        status.Details.Add(
            Google.Protobuf.WellKnownTypes.Any.Pack(
                new Google.Rpc.ErrorInfo { Type = "FULL_MOON", Domain = ErrorStatus.Domain }
            )
        );

        Assert.Equal("the moon is full", ErrorStatus.FromStatus(status)?.Message);
    }

    [Fact]
    public void Details_that_a_proxy_mangled_do_not_hide_the_status()
    {
        var trailers = new Metadata { { StatusDetails.TrailerName, [0xff, 0xff, 0xff] } };
        var failure = new RpcException(new Status(StatusCode.Internal, "x"), trailers);

        Assert.Null(StatusDetails.Find(failure));
    }

    private static RpcException OverTheWire(RpcException sent)
    {
        var bytes = sent.Trailers.GetValueBytes(StatusDetails.TrailerName)!;
        var trailers = StatusDetails.ToTrailers(Google.Rpc.Status.Parser.ParseFrom(bytes));
        return new RpcException(new Status(sent.StatusCode, sent.Status.Detail), trailers);
    }
}

using Dendrite.Contracts.Errors;
using Grpc.Core;

namespace Dendrite.Fixtures.BadInput;

/// <summary>What a service said to bad arguments.</summary>
/// <param name="Field">The first violated field; empty where the error is about none.</param>
/// <param name="Stored">Null: nothing; else what the database held before and after.</param>
public sealed record Refusal(StatusCode Status, string Field, string? Stored)
{
    /// <summary>INVALID_ARGUMENT that names the field.</summary>
    public static Refusal Invalid(string field) => new(StatusCode.InvalidArgument, field, null);

    /// <summary>A status that is about no field: what is asked for is not there, not allowed, or has changed.</summary>
    public static Refusal Of(StatusCode status) => new(status, "", null);

    /// <summary>Makes a call that is to fail.</summary>
    /// <param name="countAsync">What the database holds, in words that differ after whatever is written.</param>
    /// <returns>OK where the call succeeded.</returns>
    public static async Task<Refusal> OfAsync(Func<Task> call, Func<Task<string>> countAsync)
    {
        var before = await countAsync();
        var (status, field) = await StatusOfAsync(call);
        var after = await countAsync();
        return new(status, field, before == after ? null : $"before: {before}; after: {after}");
    }

    private static async Task<(StatusCode Status, string Field)> StatusOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return (StatusCode.OK, "");
        }
        catch (RpcException failure)
        {
            var violations = ErrorStatus.FromRpcException(failure)?.FieldViolations ?? [];
            return (failure.StatusCode, violations.Select(violation => violation.Field).FirstOrDefault(""));
        }
    }
}

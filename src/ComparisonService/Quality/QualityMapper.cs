using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Quality;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.ComparisonService.Quality;

/// <summary>Between what is stored and the contract.</summary>
internal static class QualityMapper
{
    public static QualityCheck ToContract(QualityCheckRecord check, string project)
    {
        var message = JsonParser.Default.Parse<QualityCheck>(check.RuleJson);
        message.Name = new QualityCheckName(project, check.Name).ToString();
        message.DisplayName = check.DisplayName;
        message.StreamFilter = check.StreamFilter;
        message.RequiredForMerge = check.RequiredForMerge;
        message.CreateTime = Timestamps.Of(check.CreateTime);
        message.UpdateTime = Timestamps.Of(check.UpdateTime);
        message.Etag = Etag.Of(check.Revision);
        return message;
    }

    /// <summary>The rule alone, as the contract's JSON.</summary>
    public static string WriteRule(QualityCheck check)
    {
        var rule = check.Clone();
        foreach (var field in QualityCheck.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.ContainingOneof is null)
            {
                field.Accessor.Clear(rule);
            }
        }

        return JsonFormatter.Default.Format(rule);
    }
}

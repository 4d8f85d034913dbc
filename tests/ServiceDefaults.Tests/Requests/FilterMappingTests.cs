using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Filtering;

namespace Dendrite.ServiceDefaults.Tests.Requests;

public sealed class FilterMappingTests
{
    private const string Branches = "projects/lab/branches/";

    [Theory]
    [InlineData("<", RowComparison.Less)]
    [InlineData("<=", RowComparison.LessOrEqual)]
    [InlineData(">", RowComparison.Greater)]
    [InlineData(">=", RowComparison.GreaterOrEqual)]
    [InlineData("=", RowComparison.Equal)]
    public void A_whole_resource_name_is_compared_by_its_id(string sign, RowComparison comparison)
    {
        var expected = RowCondition.Compare(BranchListFields.Name, comparison, "exp-1");

        Assert.Equal(expected, Read($"branch_id {sign} \"{Branches}exp-1\""));
        Assert.Equal(expected, Read($"branch_id {sign} exp-1"));
    }

    private static RowCondition Read(string filter) =>
        FilterMapping.Map(filter, one => FilterMapping.OrderedName(one, BranchListFields.Name, Branches));
}

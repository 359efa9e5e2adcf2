using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values;

/// <summary>Accepts Python's spelling for the members of an object type: <c>user_name</c> sets the property <c>UserName</c>.</summary>
internal static class SnakeCaseNames
{
    [RequiresUnreferencedCode("Adds members to contracts.")]
    [RequiresDynamicCode("Adds members to contracts.")]
    public static void Accept(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }
        var required = new RequiredMembers();
        foreach (JsonPropertyInfo property in type.Properties.ToArray())
        {
            string alias = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            bool taken = type.Properties.Any(other => string.Equals(other.Name, alias, StringComparison.OrdinalIgnoreCase));
            if (taken || property.Set is null || property.IsExtensionData || property.AssociatedParameter is { IsMemberInitializer: true })
            {
                continue;
            }
            if (property.IsRequired) // one of the spellings suffices
            {
                if (property.AssociatedParameter is null)
                {
                    required.Add(property);
                }
                else
                {
                    RequiredParameters.Add(type, property);
                }
            }
            JsonPropertyInfo spelling = type.CreateJsonPropertyInfo(property.PropertyType, alias);
            spelling.Set = property.Set;
            spelling.CustomConverter = property.CustomConverter;
            if (!property.PropertyType.IsValueType)
            {
                spelling.IsSetNullable = property.IsSetNullable;
            }
            type.Properties.Add(spelling);
        }
        required.Watch(type);
    }
}

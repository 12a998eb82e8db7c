using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Mend.Silo;

/// <summary>A port to listen on.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PortAttribute : RangeAttribute
{
    public PortAttribute()
        : base(1, IPEndPoint.MaxPort) => ErrorMessage = "a whole number from {1} to {2} is wanted";
}
